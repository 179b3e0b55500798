/* The desks K1 and K3 and nothing else, as quick as C makes them: the limit of the engines.

   Whole microseconds; one topic, always open; agents always on duty, `cap` chats each; first come,
   first served; a chat goes to the least-loaded agent, of these to whoever has been at that load
   longest. Work counts in microseconds times `unit`, so that the speeds of k chats are whole. The
   order of an instant is that of the desk's rules: ends of work by the agent's number, patience by
   the chat's, then arrivals. All of a chat's course is written that the engines write for such a
   desk: its place in the queue, pickup, end and agent. */

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define NONE (-1)
#define NEVER INT64_MAX
#define MOST_SEATS 8
#define AGENT_BITS 12 /* of a due: the agent's number below the instant */
#define MOST_AGENTS (1 << AGENT_BITS)

typedef struct {
    int64_t done; /* work done on each since `done_until` was set to 0, not credited yet */
    int64_t done_until;
    int64_t speed;
    int64_t least; /* the smallest of `remaining` */
    int64_t remaining[MOST_SEATS];
    int64_t chat[MOST_SEATS]; /* NONE: the seat is free */
    int load, ahead, behind;
} Agent;

typedef struct {
    int head, tail;
} Bucket;

typedef struct {
    int64_t instant, chat;
} Leaving;

typedef struct {
    int cap;
    int64_t unit;
    const int64_t *speeds;
    const int64_t *work;
    Agent *agents;
    Bucket buckets[MOST_SEATS];
    int64_t *dues; /* when an agent's next chat is done: instant << AGENT_BITS | agent */
    int64_t *picked_up, *ended, *agent;
} Desk;

static void lists(Desk *d, int who) {
    Agent *a = d->agents + who;
    if (a->load == d->cap) return;
    Bucket *b = d->buckets + a->load;
    a->ahead = b->tail;
    a->behind = NONE;
    if (b->tail == NONE) b->head = who; else d->agents[b->tail].behind = who;
    b->tail = who;
}

static void unlists(Desk *d, int who) {
    Agent *a = d->agents + who;
    if (a->load == d->cap) return;
    Bucket *b = d->buckets + a->load;
    if (a->ahead == NONE) b->head = a->behind; else d->agents[a->ahead].behind = a->behind;
    if (a->behind == NONE) b->tail = a->ahead; else d->agents[a->behind].ahead = a->ahead;
}

static void sets_due(Desk *d, int who, int64_t now) {
    Agent *a = d->agents + who;
    int64_t left = a->least - a->done;
    d->dues[who] = NEVER;
    if (a->speed) {
        if (left > 0) now += (left + a->speed - 1) / a->speed;
        d->dues[who] = now << AGENT_BITS | who;
    }
}

/* The chat begins in a free seat; `open` others are open. */
static void opens(Desk *d, int who, int64_t chat, int open, int64_t now) {
    Agent *a = d->agents + who;
    int seat = 0;
    while (a->chat[seat] != NONE) seat++;
    a->chat[seat] = chat;
    d->picked_up[chat] = now;
    d->agent[chat] = who;
    a->done += (now - a->done_until) * a->speed;
    a->done_until = now;
    a->remaining[seat] = d->work[chat] * d->unit + a->done;
    if (a->remaining[seat] < a->least) a->least = a->remaining[seat];
    a->speed = d->speeds[open + 1];
    sets_due(d, who, now);
}

/* One chat is done, the one in the lowest seat if several are. */
static void work_ends(Desk *d, int who, int64_t now) {
    Agent *a = d->agents + who;
    int64_t done = a->done + (now - a->done_until) * a->speed;
    int over = NONE;
    a->done = 0;
    a->done_until = now;
    a->least = NEVER;
    for (int seat = 0; seat < d->cap; seat++) {
        if (a->chat[seat] == NONE) continue;
        a->remaining[seat] -= done;
        if (a->remaining[seat] <= 0 && over == NONE) over = seat;
        else if (a->remaining[seat] < a->least) a->least = a->remaining[seat];
    }
    d->ended[a->chat[over]] = now;
    a->chat[over] = NONE;
    a->speed = d->speeds[a->load - 1];
}

static int earlier(const Leaving *x, const Leaving *y) {
    return x->instant < y->instant || (x->instant == y->instant && x->chat < y->chat);
}

static void pushes(Leaving *heap, int64_t *size, Leaving entry) {
    int64_t place = (*size)++;
    while (place && earlier(&entry, heap + (place - 1) / 2)) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = entry;
}

static void pops(Leaving *heap, int64_t *size) {
    Leaving last = heap[--*size];
    int64_t place = 0, below = 1;
    while (below < *size) {
        if (below + 1 < *size && earlier(heap + below + 1, heap + below)) below++;
        if (!earlier(heap + below, &last)) break;
        heap[place] = heap[below];
        place = below;
        below = 2 * place + 1;
    }
    heap[place] = last;
}

/* Simulate n chats, in order of arrival, until the horizon (events at it do not happen).

   `queue_pos` counts from 1; `picked_up`, `ended` and `agent` must be NONE, and stay so where there
   is none. Returns the CPU seconds of the loop, or -1 if there is no memory or the desk too large. */
double simulate(int64_t n, const int64_t *arrival, const int64_t *work, const int64_t *patience,
                int agents, int cap, int64_t unit, const int64_t *speeds, int64_t horizon,
                int64_t *queue_pos, int64_t *picked_up, int64_t *ended, int64_t *agent) {
    if (agents > MOST_AGENTS || cap > MOST_SEATS) return -1;
    Desk d = {cap, unit, speeds, work, 0, {{0, 0}}, 0, picked_up, ended, agent};
    d.agents = calloc(agents, sizeof(Agent));
    d.dues = malloc(agents * sizeof(int64_t));
    Leaving *heap = malloc((n + 1) * sizeof(Leaving)); /* the customers who may give up */
    if (!d.agents || !d.dues || !heap) return -1;

    clock_t start = clock();
    int64_t waiting = 0, first = 0, leaving = 0, arrived = 0;
    for (int load = 0; load < cap; load++) d.buckets[load] = (Bucket){NONE, NONE};
    for (int who = 0; who < agents; who++) {
        d.dues[who] = d.agents[who].least = NEVER;
        for (int seat = 0; seat < cap; seat++) d.agents[who].chat[seat] = NONE;
        lists(&d, who);
    }
    for (;;) {
        int64_t next = NEVER, comes = arrived < n ? arrival[arrived] : NEVER;
        for (int who = 0; who < agents; who++) next = d.dues[who] < next ? d.dues[who] : next;
        int64_t due = next >> AGENT_BITS;
        while (leaving && picked_up[heap[0].chat] != NONE) pops(heap, &leaving);
        int64_t gives_up = leaving ? heap[0].instant : NEVER;
        if (due >= horizon && gives_up >= horizon && comes >= horizon) break;

        if (due <= gives_up && due <= comes) {
            int who = next & (MOST_AGENTS - 1);
            Agent *a = d.agents + who;
            work_ends(&d, who, due);
            if (waiting) {
                while (picked_up[first] != NONE || ended[first] != NONE) first++;
                waiting--;
                opens(&d, who, first, a->load - 1, due);
            } else {
                unlists(&d, who);
                a->load--;
                lists(&d, who);
                sets_due(&d, who, due);
            }
        } else if (gives_up <= comes) {
            ended[heap[0].chat] = gives_up;
            waiting--;
            pops(heap, &leaving);
        } else {
            int64_t chat = arrived++;
            int who = NONE;
            queue_pos[chat] = waiting + 1;
            for (int load = 0; load < cap && who == NONE; load++) who = d.buckets[load].head;
            if (who == NONE) {
                if (!waiting++) first = chat;
                pushes(heap, &leaving, (Leaving){comes + patience[chat], chat});
            } else {
                unlists(&d, who);
                d.agents[who].load++;
                lists(&d, who);
                opens(&d, who, chat, d.agents[who].load - 1, comes);
            }
        }
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    free(heap);
    free(d.dues);
    free(d.agents);
    return seconds;
}
