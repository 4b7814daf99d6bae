from __future__ import annotations

import dataclasses
import io

import pytest
from sample import TOKEN, clean, sample
from test_reports_all import rendered

from occ_audit import reports
from occ_audit.model import Finding, Location, Origin, Severity, Skipped
from occ_audit.reports import RenderOptions


def _last(text: str) -> str:
    return text.splitlines()[-1]


def test_the_last_line_says_how_it_ended() -> None:
    whole = clean()
    cut = dataclasses.replace(whole, skipped=(Skipped(Origin("commit"), "shallow boundary"),))
    found = dataclasses.replace(whole, findings=sample().findings[:2])
    assert (
        _last(rendered("terminal", RenderOptions(), whole)) == "clean: no findings in what was read"
    )
    assert _last(rendered("terminal", RenderOptions(), cut)) == (
        "incomplete: no findings, but not all was read"
    )
    assert _last(rendered("terminal", RenderOptions(), found)) == "2 findings: 1 critical, 1 high"
    assert _last(rendered("terminal", RenderOptions())) == (
        "7 findings: 1 critical, 4 high, 1 low, 1 info; incomplete: not all was read"
    )


def test_what_is_below_the_severity_is_counted() -> None:
    low = dataclasses.replace(clean(), findings=sample().findings[3:4])
    options = RenderOptions(min_severity=Severity.MEDIUM)
    text = rendered("terminal", options, low)
    assert "compose.yml" not in text
    assert _last(text) == "clean: no findings in what was read; 1 below medium not shown"


@pytest.mark.parametrize("width", [20, 40, 80, 120, None])
def test_a_place_is_never_wrapped(width: int | None) -> None:
    path = "a/very/long/path with spaces/" + "x" * 150 + ".md"
    place = Location("", 0, 1, 12, 34, 12, 35, "", (Origin("file", path),))
    report = dataclasses.replace(
        clean(), findings=(Finding("rule", Severity.HIGH, "some message", (place,)),)
    )
    assert f"{path}:12:34" in rendered("terminal", RenderOptions(width=width), report)


@pytest.mark.parametrize("width", [80, 120])
def test_prose_keeps_the_width(width: int) -> None:
    text = rendered("terminal", RenderOptions(width=width))
    wide = [line for line in text.splitlines() if len(line) > width]
    assert all("\\x1b" in line for line in wide)  # only the very long name stands out


def test_colour_only_when_asked_for_or_on_a_terminal() -> None:
    assert "\x1b[" not in rendered("terminal", RenderOptions())
    assert "\x1b[" in rendered("terminal", RenderOptions(color=True))


def test_an_ascii_stream_takes_every_name() -> None:
    place = Location("", 0, 1, 1, 1, 1, 2, "", (Origin("file", "журнал/文.md"),))
    report = dataclasses.replace(
        clean(), findings=(Finding("rule", Severity.LOW, "nie używać", (place,)),)
    )
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    reports.write("terminal", report, out, RenderOptions(color=False))
    out.flush()
    assert b"\\u0436" in raw.getvalue()


def test_all_places_only_when_verbose() -> None:
    assert "and 3 more places (-v shows all)" in rendered("terminal", RenderOptions())
    verbose = rendered("terminal", RenderOptions(verbosity=1))
    assert "more places" not in verbose
    assert verbose.count("/****.env:1:7") == 6


def test_quiet_is_one_line_a_finding_what_was_not_read_and_the_verdict() -> None:
    lines = rendered("terminal", RenderOptions(verbosity=-1)).splitlines()
    assert [line.startswith("not read: ") for line in lines] == [*[False] * 7, *[True] * 3, False]
    assert lines[0].startswith("feedback/integrations.md:198:122: critical (certain): Shopify")
    assert TOKEN not in lines[0]
