"""``pickup replay``: plan, apply, resume, reconcile and report; see each command's module."""

import typer

from simulator.cli.replay import planning, reporting, running

__all__ = ["app"]

app = typer.Typer(
    name="replay",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Replay a run against a test tenant: plan it, look, apply it, report it.",
)
app.command("plan")(planning.plan)
app.command("apply")(running.apply)
app.command("resume")(running.resume)
app.command("reconcile")(running.reconcile)
app.command("report")(reporting.report)
