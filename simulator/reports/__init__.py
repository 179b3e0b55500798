"""Reports: a notebook, run on a run's tables by papermill, becomes one self-contained HTML page.

::

    plans = plan_notebooks(["service_report"], {"threshold_s": 60.0})
    reports = make_reports([open_run("data/runs/bank")], plans, gates=[parse("service_level>=0.8")])
    raise_for(reports)

Parameters are typed and checked before a kernel starts (:mod:`.parameters`), whatever comes out of
a notebook is reduced to what cannot do harm (:mod:`.trust`), and page, executed notebook and
manifest take their place together (:mod:`.shelf`). papermill, nbconvert and nbformat are imported
in :mod:`.jupyter` alone, and only when a report is made.
"""

from __future__ import annotations

from simulator.reports.gates import Bound, Gate, Verdict, figures, judge, parse
from simulator.reports.making import make_reports, raise_for
from simulator.reports.orders import Report
from simulator.reports.planning import (
    DEFAULT_NOTEBOOK,
    OF_RECORDS,
    Plan,
    find_notebook,
    plan_notebooks,
)

__all__ = [
    "DEFAULT_NOTEBOOK",
    "OF_RECORDS",
    "Bound",
    "Gate",
    "Plan",
    "Report",
    "Verdict",
    "figures",
    "find_notebook",
    "judge",
    "make_reports",
    "parse",
    "plan_notebooks",
    "raise_for",
]
