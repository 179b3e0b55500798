// Filters of the index. Their state stands in the address, so that a view can be kept as a bookmark.
(() => {
  "use strict";
  const ready = () => {
    const form = document.getElementById("filter");
    if (!form) return;
    const at = (id) => document.getElementById(id);
    const names = ["q", "scenario", "notebook", "status", "by", "from", "until"];
    const statusOf = (element) => ["failed", "missed", "ok"].find((name) => element.classList.contains(name));
    const wordsOf = (element) => element.textContent.toLowerCase().replace(/\s+/g, " ");

    const all = [...document.querySelectorAll(".reports > li")].map((element) => {
      const older = element.querySelector("details.older");
      const summary = older?.querySelector("summary");
      const { scenario, notebook } = element.dataset;
      const series = wordsOf(element.querySelector(".series"));
      const reports = [...element.querySelectorAll("[data-made]")].map((report) => ({
        element: report,
        scenario,
        notebook,
        status: statusOf(report),
        made: report.dataset.made,
        day: report.dataset.day,
        words: `${series} ${wordsOf(report)}`,
      }));
      return { element, older, summary, folded: summary?.textContent, reports };
    });
    const reports = all.flatMap((series) => series.reports);

    const offer = (name, values, word = (value) => value) => {
      for (const value of values) form.elements[name].add(new Option(word(value), value));
      form.elements[name].closest("p").hidden = values.length < 2;
    };
    const distinct = (name) => [...new Set(reports.map((report) => report[name]))].filter(Boolean).sort();
    const statusWords = { failed: "failed", missed: "target missed", ok: "complete", "missed failed": "missed or failed" };
    offer("scenario", distinct("scenario"));
    offer("notebook", distinct("notebook"), (name) => name.replaceAll("_", " "));
    const statuses = distinct("status");
    offer("status", statuses.includes("failed") && statuses.includes("missed") ? [...statuses, "missed failed"] : statuses, (value) => statusWords[value]);
    form.elements.by.closest("p").hidden = distinct("day").length === 0;

    const asked = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
    const matches = (report, wanted) => {
      const date = wanted.by === "day" ? report.day : report.made;
      return (!wanted.scenario || report.scenario === wanted.scenario)
        && (!wanted.notebook || report.notebook === wanted.notebook)
        && (!wanted.status || wanted.status.split(" ").includes(report.status))
        && (!wanted.from || date >= wanted.from)
        && (!wanted.until || date <= wanted.until)
        && wanted.terms.every((term) => report.words.includes(term));
    };

    const filter = () => {
      const wanted = asked();
      // Words in any order, or "a phrase".
      wanted.terms = (wanted.q.toLowerCase().match(/"[^"]+"?|\S+/g) ?? []).map((term) => term.replaceAll('"', ""));
      const narrows = names.some((name) => name !== "by" && wanted[name]);
      const within = ["q", "status", "from", "until"].some((name) => wanted[name]);
      let found = 0;
      for (const { element, older, summary, folded, reports: own } of all) {
        for (const report of own) report.element.hidden = !matches(report, wanted);
        const shown = own.filter((report) => !report.element.hidden);
        found += shown.length;
        element.hidden = shown.length === 0;
        if (!older) continue;
        const below = shown.filter((report) => report !== own[0]).length;
        older.hidden = below === 0;
        older.open = within && below > 0 && (shown[0] !== own[0] || below <= 10);
        summary.textContent = below === own.length - 1 ? folded : `${below} of ${folded}`;
      }
      at("filter-count").textContent = narrows ? `${found} of ${reports.length} reports` : `${reports.length} reports`;
      at("filter-clear").hidden = !narrows;
      at("nothing").hidden = found > 0;
    };

    const keep = () => {
      const state = new URLSearchParams(Object.entries(asked()).filter(([, value]) => value));
      const hash = state.size ? `#${state}` : location.pathname + location.search;
      try { history.replaceState(null, "", hash); } catch { location.hash = state; }
    };
    // Other fragments are places in the page, and leave the filter as it is.
    const restore = () => {
      const state = new URLSearchParams(location.hash.slice(1));
      if (location.hash && !names.some((name) => state.has(name))) return false;
      for (const name of names) {
        const value = state.get(name) ?? "";
        form.elements[name].value = value;
        // A bookmark of what is no longer there finds nothing, rather than everything.
        if (form.elements[name].selectedIndex === -1) form.elements[name].add(new Option(value, value, false, true));
      }
      at("filter-more").open ||= names.slice(1).some((name) => state.get(name));
      return true;
    };
    const clear = () => {
      form.reset();
      keep();
      filter();
      form.elements.q.focus();
    };

    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { keep(); filter(); });
    at("filter-clear").addEventListener("click", clear);
    at("nothing-clear").addEventListener("click", clear);
    addEventListener("hashchange", () => { if (restore()) filter(); });
    restore();
    filter();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
