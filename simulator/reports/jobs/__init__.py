"""Jobs: reports that are made every morning while nobody watches.

::

    run_job(read_job(Path("reports.yaml")))     # raises what ``pickup report --job`` ends with

A job file says which reports (:mod:`.job_file`). The run has a process of its own
(:mod:`.working`), watched by this one (:mod:`.supervising`), which holds the lock, keeps the time
limit and the log, and calls the hook: whatever becomes of the work, somebody is there to tell it.

::

    reports/morning/
        .lock                     held while the job runs
        latest                    a link to the newest date of which all reports stand
        2026-11-23/
            log.jsonl             what happened, a line each; runs of one date follow each other
            job.json              how the date's last run ended
            bank_1999-seed1-…/    reports, as ever
"""

from simulator.reports.jobs.job_file import Job, Part, read_job
from simulator.reports.jobs.supervising import run_job

__all__ = ["Job", "Part", "read_job", "run_job"]
