"""Text for a person at a terminal: the secrets by urgency, what to do first, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from occ_audit.reports._page import STYLES, Line, Page, wrapped
from occ_audit.reports._text import printable
from occ_audit.scrub.formats import Look, _words
from occ_audit.scrub.report import ScrubReport, ScrubRow, Step

STRUCTURED = False

_MAX_WIDTH = 120
_PIPED_WIDTH = 100
_LABEL = 9
_MOST = 20
"""So many secrets are told in full unless everything is asked for."""


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write the report; with colour only on a terminal, unless the look says otherwise."""
    page = Page.on(out, width=look.width, color=look.color, everything=look.everything)
    page.write(_lines(report, page))


def _lines(report: ScrubReport, page: Page) -> Iterator[Line]:
    most = len(report.rows) if page.everything else _MOST
    for number, row in enumerate(report.rows[:most], start=1):
        yield from _secret(number, row, page.width)
        yield Line()
    if len(report.rows) > most:
        more = len(report.rows) - most
        yield Line(f"and {more:,} less urgent (-v shows all, and so do the other formats)")
        yield Line()
    if report.steps:
        yield Line(("what to do first", "bold underline"))
        yield Line()
        for number, step in enumerate(report.steps, start=1):
            yield from _step(number, step, page.width)
        yield Line()
    yield from _coverage(report, page.width)
    yield Line()
    good = not report.summary["not_rotated"] and report.complete
    yield Line((_words.verdict(report), "bold green" if good else "bold red"))


def _secret(number: int, row: ScrubRow, width: int) -> Iterator[Line]:
    yield Line(
        f"{number:>3}. ",
        (row.severity.label, STYLES[row.severity]),
        "  ",
        (printable(row.rule_name), "bold"),
        "  ",
        printable(row.mask),
        (f"  {row.confidence.label}", "dim"),
    )
    for label, text in _words.facts(row):
        yield from _labelled(label, text, width)


def _labelled(label: str, text: str, width: int) -> Iterator[Line]:
    for part in wrapped(text, width - _LABEL - 6):
        yield Line("     ", (label.ljust(_LABEL), "dim"), " ", part)
        label = ""


def _step(number: int, step: Step, width: int) -> Iterator[Line]:
    yield Line(f"{number:>3}. ", (printable(step.title), "bold"))
    for part in wrapped(printable(step.detail), width - 5):
        yield Line("     " + part)
    for extra in filter(None, (step.url, step.command)):
        yield Line(("     " + printable(extra), "cyan"))


def _coverage(report: ScrubReport, width: int) -> Iterator[Line]:
    rows: Sequence[tuple[str, str, list[str]]] = (
        ("read", "", [_words.read(report)]),
        ("not read", "yellow", _words.not_read(report, requested=False)),
        ("left out", "", _words.not_read(report, requested=True)),
    )
    for title, style, lines in rows:
        label = title
        for line in lines:
            for part in wrapped(line, width - _LABEL - 3):
                yield Line((label.ljust(_LABEL), style or "dim"), "  ", part)
                label = ""
