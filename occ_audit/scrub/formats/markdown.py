"""A Markdown page to file as evidence: figures, checklist, table, and a section a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from occ_audit.reports._inert import code, plain
from occ_audit.scrub.formats import Look, _words
from occ_audit.scrub.report import ScrubReport, ScrubRow, Step

STRUCTURED = False

_URL = re.compile(r"https?://[^\s<>]+")
_CODE = ("paths", "id")


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write the page; nothing in it that came from the repository is live."""
    for line in _page(report):
        out.write(line + "\n")


def _page(report: ScrubReport) -> Iterator[str]:
    yield "# History scrub report"
    yield ""
    yield f"**{plain(_words.verdict(report))}**"
    yield ""
    yield f"- Repository: {code(report.root)}"
    yield f"- HEAD: {code(report.head or 'no commit')}" + (
        f" ({code(report.branch)})" if report.branch else ""
    )
    yield f"- Made: {report.generated} by occ-audit {report.tool_version}"
    for title, names in (
        ("Remotes", report.remotes),
        ("Mirrors", report.mirrors),
        ("Forks", report.forks),
    ):
        if names:
            yield f"- {title}: {', '.join(map(code, names))}"
    yield ""
    yield f"| {' | '.join(noun for _, noun in _words.figures(report))} |"
    yield "|" + "---:|" * len(_words.figures(report))
    yield f"| {' | '.join(number for number, _ in _words.figures(report))} |"
    yield ""
    yield from _checklist(report)
    yield from _table(report)
    for number, row in enumerate(report.rows, start=1):
        yield from _secret(number, row)
    yield from _coverage(report)


def _checklist(report: ScrubReport) -> Iterator[str]:
    if report.steps:
        yield "## What to do first"
        yield ""
        for step in report.steps:
            yield from _step(step)
        yield ""


def _step(step: Step) -> Iterator[str]:
    yield f"- [ ] **{plain(step.title)}**: {plain(step.detail)}"
    if step.url:
        yield f"      {_link(step.url)}"
    if step.command:
        yield f"      {code(step.command)}"


def _link(url: str) -> str:
    return f"<{url}>" if _URL.fullmatch(url) else plain(url)


def _table(report: ScrubReport) -> Iterator[str]:
    if not report.rows:
        return
    yield "## Secrets"
    yield ""
    yield "| # | severity | kind | mask | visible | pushed | rotated | state |"
    yield "|---:|---|---|---|---|---|---|---|"
    for number, row in enumerate(report.rows, start=1):
        done = row.rotation.date if row.rotation and row.rotated else "no"
        cells = (
            *(str(number), row.severity.label, row.rule_name, row.mask, _words.window(row)),
            *(_words.PUSHED[row.exposure.pushed], done, _words.where(row)),
        )
        yield f"| {' | '.join(map(plain, cells))} |"
    yield ""


def _secret(number: int, row: ScrubRow) -> Iterator[str]:
    yield f"### {number}. {row.severity.label}: {plain(row.rule_name)} {code(row.mask)}"
    yield ""
    for label, text in _words.facts(row):
        yield f"- {label}: {code(text) if label in _CODE else plain(text)}"
    advice = " ".join(filter(None, (plain(row.advice), row.url and _link(row.url))))
    if advice:
        yield f"- to rotate: {advice}"
    yield ""


def _coverage(report: ScrubReport) -> Iterator[str]:
    yield "## Coverage"
    yield ""
    yield f"- Read: {plain(_words.read(report))}"
    for line in _words.not_read(report, requested=False):
        yield f"- **Not read**: {plain(line)}"
    for line in _words.not_read(report, requested=True):
        yield f"- Left out on request: {plain(line)}"
