# K1 in simmer: Rscript simmer_desk.R FOLDER AGENTS
# Reads FOLDER/draws.csv (time, work, patience; seconds), writes FOLDER/waits.csv (wait, served) in
# order of arrival, and prints the CPU seconds of building and running the model.
library(simmer)

asked <- commandArgs(trailingOnly = TRUE)
draws <- read.csv(file.path(asked[1], "draws.csv"))
started <- proc.time()

env <- simmer("desk")
chat <- trajectory() %>%
  renege_in(function() get_attribute(env, "patience")) %>%
  seize("agent") %>%
  renege_abort() %>%
  timeout_from_attribute("work") %>%
  release("agent")
env <- env %>%
  add_resource("agent", as.integer(asked[2])) %>%
  add_dataframe("chat", chat, draws, time = "absolute", col_attributes = c("work", "patience")) %>%
  run(until = Inf)
found <- get_mon_arrivals(env)

took <- proc.time() - started
found <- found[order(as.integer(sub("chat", "", found$name))), ]
served <- as.integer(found$finished)
wait <- found$end_time - found$start_time - ifelse(served == 1, found$activity_time, 0)
write.csv(data.frame(wait, served), file.path(asked[1], "waits.csv"), row.names = FALSE)
cat(sprintf('{"cpu_s": %.6f}\n', took[["user.self"]] + took[["sys.self"]]))
