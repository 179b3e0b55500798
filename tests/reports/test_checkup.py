"""``pickup doctor`` and what it finds."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulator.cli import app
from simulator.reports import checkup, chromium


def by_name(findings):
    return {finding.name: finding for finding in findings}


def test_a_machine_that_was_set_up_is_fit(tmp_path):
    findings = checkup.check_machine(folders=[tmp_path / "runs", tmp_path / "reports"])

    assert checkup.is_fit(findings)
    assert by_name(findings)["Python"].found.startswith(f"{sys.version_info.major}.")
    assert not (tmp_path / "runs").exists()  # looking makes nothing


def test_everything_that_is_not_well_has_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkup, "LEAST_DISK", 10**18)
    monkeypatch.setattr(checkup, "FONT", "No Such Font")
    monkeypatch.setattr(checkup, "LEAST_PYTHON", (9, 9))

    found = by_name(checkup.check_machine(folders=[tmp_path]))

    assert [found[name].state for name in ("Disk", "Fonts", "Python")] == ["missing"] * 3
    if sys.platform == "linux":
        assert found["Chromium"].state == "optional"
    assert all(each.remedy for each in found.values() if each.state != "ok")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    found = by_name(checkup.check_machine(folders=[tmp_path / "reports"]))
    assert found[f"Writing to {tmp_path / 'reports'}"].state == "missing"


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "reports").write_text("")
    (finding,) = (
        each
        for each in checkup.check_machine(folders=[tmp_path / "reports"])
        if each.name.startswith("Writing")
    )
    assert finding.state == "missing"


def test_a_package_that_is_too_old_is_named(monkeypatch):
    monkeypatch.setattr(checkup.metadata, "requires", lambda _: ["numpy>=99", "nosuchthing>=1"])
    packages = by_name(checkup.check_machine(folders=[]))["Packages"]
    assert packages.state == "missing"
    assert "numpy is " in packages.found
    assert "nosuchthing is not there" in packages.found


def test_the_first_chromium_on_the_path_is_taken(tmp_path, monkeypatch):
    for name in ("google-chrome", "chromium"):
        shutil.copy(sys.executable, tmp_path / name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find_chromium() == tmp_path / "chromium"


def test_the_command_tells_people_and_machines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["doctor"])
    read = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)

    assert told.exit_code == 0
    assert "Chromium" in told.stdout
    assert read["fit"] is True
    assert {finding["state"] for finding in read["findings"]} <= {"ok", "optional", "missing"}


def test_a_machine_that_lacks_something_ends_with_exit_code_1(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkup, "LEAST_DISK", 10**18)
    done = CliRunner().invoke(app, ["doctor", "--out", str(Path("reports"))])
    assert done.exit_code == 1
    assert "MISS" in done.stdout
