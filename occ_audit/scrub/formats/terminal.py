"""Text for a person at a terminal: the secrets by urgency, what to do first, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.text import Text

from occ_audit.reports._page import STYLES, console_for, encodable, wrapped
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
    console = console_for(out, width=look.width, color=look.color)
    piped = look.width is None and not console.is_terminal
    width = _PIPED_WIDTH if piped else min(console.width, _MAX_WIDTH)
    encoding = getattr(out, "encoding", None) or "utf-8"
    for line in _lines(report, width, look):
        console.print(encodable(line, encoding), soft_wrap=True)


def _lines(report: ScrubReport, width: int, look: Look) -> Iterator[Text]:
    most = len(report.rows) if look.everything else _MOST
    for number, row in enumerate(report.rows[:most], start=1):
        yield from _secret(number, row, width)
        yield Text()
    if len(report.rows) > most:
        more = len(report.rows) - most
        yield Text(f"and {more:,} less urgent (-v shows all, and so do the other formats)")
        yield Text()
    if report.steps:
        yield Text("what to do first", style="bold underline")
        yield Text()
        for number, step in enumerate(report.steps, start=1):
            yield from _step(number, step, width)
        yield Text()
    yield from _coverage(report, width)
    yield Text()
    good = not report.summary["not_rotated"] and report.complete
    yield Text(_words.verdict(report), style="bold green" if good else "bold red")


def _secret(number: int, row: ScrubRow, width: int) -> Iterator[Text]:
    yield Text.assemble(
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


def _labelled(label: str, text: str, width: int) -> Iterator[Text]:
    for part in wrapped(text, width - _LABEL - 6):
        yield Text.assemble("     ", (label.ljust(_LABEL), "dim"), " ", part)
        label = ""


def _step(number: int, step: Step, width: int) -> Iterator[Text]:
    yield Text.assemble(f"{number:>3}. ", (printable(step.title), "bold"))
    for part in wrapped(printable(step.detail), width - 5):
        yield Text("     " + part)
    for extra in filter(None, (step.url, step.command)):
        yield Text("     " + printable(extra), style="cyan")


def _coverage(report: ScrubReport, width: int) -> Iterator[Text]:
    rows: Sequence[tuple[str, str, list[str]]] = (
        ("read", "", [_words.read(report)]),
        ("not read", "yellow", _words.not_read(report, requested=False)),
        ("left out", "", _words.not_read(report, requested=True)),
    )
    for title, style, lines in rows:
        label = title
        for line in lines:
            for part in wrapped(line, width - _LABEL - 3):
                yield Text.assemble((label.ljust(_LABEL), style or "dim"), "  ", part)
                label = ""
