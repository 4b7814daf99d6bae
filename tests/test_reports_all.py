"""What every format promises, and the very reports that a reader gets."""

from __future__ import annotations

import dataclasses
import io
import os
import re
from pathlib import Path

import pytest
from sample import SECRETS, TOKEN, clean, sample

from occ_audit import reports
from occ_audit.masking import Masker
from occ_audit.model import Location, Origin, Report, Severity
from occ_audit.reports import RenderOptions

GOLDEN = Path(__file__).parent / "golden"
OPTIONS = {
    "terminal-80.txt": ("terminal", RenderOptions(width=80)),
    "terminal-120-verbose.txt": ("terminal", RenderOptions(width=120, verbosity=1)),
    "terminal-quiet.txt": ("terminal", RenderOptions(verbosity=-1)),
    "terminal-piped-medium.txt": ("terminal", RenderOptions(min_severity=Severity.MEDIUM)),
    "report.md": ("markdown", RenderOptions()),
    "report.json": ("json", RenderOptions()),
    "report.jsonl": ("jsonl", RenderOptions()),
    "report.sarif": ("sarif", RenderOptions()),
}


def rendered(name: str, options: RenderOptions, report: Report | None = None) -> str:
    out = io.StringIO()
    fixed = dataclasses.replace(options, tool_version="0.0.0", color=options.color or False)
    reports.write(name, report or sample(), out, fixed)
    return out.getvalue()


def test_the_formats_are_the_modules_of_the_folder() -> None:
    assert reports.names() == ["json", "jsonl", "markdown", "sarif", "terminal"]


@pytest.mark.parametrize("name", OPTIONS)
def test_golden(name: str) -> None:
    """Set UPDATE_GOLDEN=1 to accept what is rendered now."""
    text = rendered(*OPTIONS[name])
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("verbosity", [-1, 0, 1])
@pytest.mark.parametrize("width", [None, 40, 80, 120])
@pytest.mark.parametrize("name", reports.names())
def test_no_secret_and_nothing_that_acts(name: str, width: int | None, verbosity: int) -> None:
    text = rendered(name, RenderOptions(width=width, verbosity=verbosity))
    for secret in SECRETS:
        assert secret not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert not re.search(r"^\s*::|##\[|##vso\[", text, re.MULTILINE)
    text.encode("utf-8")


@pytest.mark.parametrize("name", ["terminal", "markdown", "sarif"])
def test_formats_for_people_and_code_hosts_never_show_secrets(name: str) -> None:
    text = rendered(name, RenderOptions(show_secrets=True, verbosity=1))
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("name", reports.names())
def test_the_last_filter_masks_what_the_report_does_not_know_as_secret(name: str) -> None:
    report = sample()
    bare = [dataclasses.replace(f, secret=None) for f in report.findings]
    out = io.StringIO()
    reports.write(
        name,
        dataclasses.replace(report, findings=tuple(bare)),
        out,
        masker=Masker([TOKEN.encode()]),
    )
    assert TOKEN not in out.getvalue()


@pytest.mark.parametrize("name", reports.names())
@pytest.mark.parametrize("path", ["::error::owned", "a ::warning::b", "##[error]x", "##vso[task]x"])
def test_a_file_name_commands_no_ci_system(name: str, path: str) -> None:
    report = sample()
    place = Location("", 0, 1, 1, 1, 1, 2, path, (Origin("file", path),))
    hostile = dataclasses.replace(report.findings[0], locations=(place,), message=path)
    text = rendered(name, RenderOptions(width=30), dataclasses.replace(report, findings=(hostile,)))
    if name in ("terminal", "markdown"):
        assert not re.search(r"(^|\s)::\w|##\[|##vso\[", text)
    assert not re.search(r"^\s*(::|##\[|##vso)", text, re.MULTILINE)


@pytest.mark.parametrize("name", reports.names())
def test_nothing_found_and_nothing_known_is_no_error(name: str) -> None:
    assert rendered(name, RenderOptions(), clean())
    assert rendered(name, RenderOptions(), Report("", (), (), (), {}))
