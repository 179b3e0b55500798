"""Reports stand in their places whole, and the index is built from the manifests found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simulator.errors import DataError, UsageError
from simulator.reports.gates import Verdict
from simulator.reports.index import entries, write_index
from simulator.reports.provenance import Manifest, Source, Subject, read_manifest, to_json
from simulator.reports.shelf import Spot, drafting, put, spot_for, write_whole

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = Subject(
    folder="/runs/a",
    scenario="Bank / 1999",
    seed=3,
    replications=20,
    engine="simpy",
    package="0.1.0",
    scenario_sha256="ab" * 32,
    summary_sha256="0123456789" * 6,
    figures={},
)
MANIFEST = Manifest(
    title="A title",
    made_at="2026-01-05T08:00:00+00:00",
    notebook=Source("service_report", "cd" * 32, None),
    parameters={},
    run=SUBJECT,
    failure=None,
    gates=(Verdict("asa_s<60", "asa_s", "value", 41.5, met=True),),
    figures={
        "service_level.of_all": {"value": 0.812, "low": 0.79, "high": 0.834, "n": 20},
        "asa_s": {"value": 41.52, "low": None, "high": None, "n": 1},
        "abandonment": {"value": None, "low": None, "high": None, "n": 0},
    },
    versions={"python": "3.11"},
    seconds={"execute": 1.0},
    files={},
)


def stand(out: Path, folder: str, manifest: Manifest) -> Spot:
    """A report as it stands after it was made."""
    spot = Spot(out / folder, "service_report")
    with drafting(spot) as draft:
        draft.page.write_text("<p>page</p>")
        draft.notebook.write_text("{}")
        draft.manifest.write_text(to_json(manifest), encoding="utf-8")
        put(draft, spot)
    return spot


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html[html.index("<body") :]).split())


def test_a_report_s_folder_is_named_for_the_run_and_its_figures(tmp_path: Path) -> None:
    spot = spot_for(tmp_path, SUBJECT, "waits", {})
    assert spot.page == tmp_path / "Bank-1999-seed3-01234567" / "waits.html"
    assert spot.notebook.name == "waits.ipynb"
    assert spot.manifest.name == "waits.manifest.json"


def test_other_parameters_make_another_report_and_the_same_ones_the_same(tmp_path: Path) -> None:
    spots = [
        spot_for(tmp_path, SUBJECT, "waits", parameters).stem
        for parameters in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3})
    ]
    assert spots[0] == spots[1] != spots[2]
    assert re.fullmatch(r"waits-[0-9a-f]{6}", spots[0])


def test_nothing_is_left_of_a_draft_that_failed(tmp_path: Path) -> None:
    out = tmp_path / "reports"

    def fail_midway() -> None:
        with drafting(Spot(out / "a", "n")) as draft:
            draft.page.write_text("half a p")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_midway()
    assert list(out.iterdir()) == []


def test_a_report_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    stand(tmp_path, "a", MANIFEST)
    stand(tmp_path, "a", replace(MANIFEST, title="A newer one"))
    found, _ = entries(tmp_path)
    assert [entry.manifest.title for entry in found] == ["A newer one"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with (
        pytest.raises(UsageError, match=r"no report can be written in .*reports"),
        drafting(Spot(tmp_path / "reports" / "a", "n")),
    ):
        pass


def test_a_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_whole(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_a_manifest_survives_being_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(to_json(MANIFEST), encoding="utf-8")
    assert read_manifest(path) == MANIFEST


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "status": "ok", "title": "x"}']
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"manifest.*m\.json"):
        read_manifest(path)


def test_the_index_lists_the_newest_first_with_figures_and_links(tmp_path: Path) -> None:
    stand(tmp_path, "older", MANIFEST)
    # Written an hour later by the clock on the wall, but earlier by the clock of the world.
    stand(tmp_path, "oldest", replace(MANIFEST, title="B", made_at="2026-01-05T09:00:00+02:00"))
    stand(
        tmp_path, "new est", replace(MANIFEST, title="C <i>", made_at="2026-01-06T09:00:00+00:00")
    )
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'<h2><a href="([^"]*)">([^<]*)</a>', html) == [
        ("new%20est/service_report.html", "C &lt;i&gt;"),
        ("older/service_report.html", "A title"),
        ("oldest/service_report.html", "B"),
    ]
    text = words(html)
    assert "3 reports, newest first" in text
    assert "Service level 81.2 % 79.0 to 83.4" in text
    assert "Mean wait of the served 42 s Abandonment –" in text
    assert 'href="older/service_report.ipynb"' in html
    assert 'href="older/service_report.manifest.json"' in html


def test_the_index_tells_what_failed_and_what_was_missed(tmp_path: Path) -> None:
    missed = Verdict("asa_s<40", "asa_s", "value", 41.5, met=False)
    failure = {"cell": 4, "error": "KeyError", "message": "'wait'\nand more"}
    stand(tmp_path, "a", replace(MANIFEST, gates=(missed,)))
    stand(tmp_path, "b", replace(MANIFEST, failure=failure))
    text = words(write_index(tmp_path).read_text(encoding="utf-8"))
    assert "Target missed asa_s is 41.5, asked for asa_s&lt;40" in text
    assert "Failed Stopped in cell 4: KeyError: &#39;wait&#39; Service level" in text


def test_a_damaged_manifest_is_named_in_the_index_and_the_others_stand(tmp_path: Path) -> None:
    stand(tmp_path, "good", MANIFEST)
    spot = stand(tmp_path, "bad", MANIFEST)
    content = json.loads(spot.manifest.read_text())
    del content["run"]
    spot.manifest.write_text(json.dumps(content))
    text = words(write_index(tmp_path).read_text(encoding="utf-8"))
    assert "1 report, newest first" in text
    assert "bad/service_report.manifest.json" in text


def test_drafts_are_no_reports(tmp_path: Path) -> None:
    stand(tmp_path, ".draft-left-by-a-killed-process", MANIFEST)
    assert entries(tmp_path) == ([], [])
    assert "No report yet." in words(write_index(tmp_path).read_text(encoding="utf-8"))
