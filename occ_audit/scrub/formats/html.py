"""One self-contained HTML page: figures, checklist, timeline, a table to filter, every detail.

It asks nothing of the network: style and script stand in it, and its policy allows only these
two, by their hashes. Whatever came from the repository is escaped. It reads without JavaScript.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, TextIO

from jinja2 import Environment, StrictUndefined

from occ_audit.reports._text import printable
from occ_audit.scrub.formats import Look, _timeline, _words
from occ_audit.scrub.report import ScrubReport, ScrubRow, Step

STRUCTURED = False

_URL = re.compile(r"https?://[^\s<>\"']+")


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write the page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = _resource("page.css"), _resource("page.js")
    template = environment.from_string(_resource("page.html.j2"))
    hashes = {"style_hash": _hash(style), "script_hash": _hash(script)}
    pieces = template.generate(style=style, script=script, **hashes, **_page(report))
    # Joined, since a piece is of a type that would escape whatever it is added to.
    out.write("".join(pieces))


def _resource(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _page(report: ScrubReport) -> Mapping[str, Any]:
    """Return what the template shows, all texts harmless."""
    axis = _timeline.axis(report)
    rows = [_row(number, row, axis) for number, row in enumerate(report.rows, start=1)]
    numbers = {row.fingerprint: number for number, row in enumerate(report.rows, start=1)}
    return {
        "root": printable(report.root),
        "head": printable(report.head)[: _words.SHORT_OID],
        "branch": printable(report.branch),
        "generated": report.generated.replace("T", " "),
        "version": report.tool_version,
        "verdict": _words.verdict(report),
        "calm": not report.summary["not_rotated"] and report.complete,
        "figures": _words.figures(report),
        "severities": _severities(report),
        "steps": [_step(step, numbers) for step in report.steps],
        "rows": rows,
        "ticks": axis.ticks,
        "vendors": sorted({row["vendor"] for row in rows}),
        "states": list(dict.fromkeys(state for row in report.rows for state in row.states)),
        "places": [
            (title, [printable(name) for name in names])
            for title, names in (
                ("Remotes", report.remotes),
                ("Mirrors", report.mirrors),
                ("Forks", report.forks),
            )
            if names
        ],
        "read": _words.read(report),
        "not_read": _words.not_read(report, requested=False),
        "left_out": _words.not_read(report, requested=True),
    }


def _severities(report: ScrubReport) -> list[tuple[str, int]]:
    """Count the secrets by severity, the gravest first."""
    counts: dict[str, int] = {}
    for row in sorted(report.rows, key=lambda row: -row.severity):
        counts[row.severity.label] = counts.get(row.severity.label, 0) + 1
    return list(counts.items())


def _step(step: Step, numbers: Mapping[str, int]) -> Mapping[str, Any]:
    return {
        "title": printable(step.title),
        "detail": printable(step.detail),
        "url": step.url if _URL.fullmatch(step.url) else "",
        "command": printable(step.command),
        "secrets": sorted(numbers[one] for one in step.fingerprints if one in numbers),
    }


def _row(number: int, row: ScrubRow, axis: _timeline.Axis) -> Mapping[str, Any]:
    first = next(iter(row.introduced), None)
    refs = {*row.presence.refs.shown, *row.presence.tips.shown, *row.presence.reflogs}
    facts = dict(_words.facts(row))
    paths = list(map(printable, row.paths.shown))
    # What git itself keeps, such as a reflog, only repeats what a file or a message said.
    committed = [path for path in paths if not path.startswith(".git/")]
    first_place = next(iter(committed), facts.get("texts") or next(iter(paths), ""))
    return {
        "number": number,
        "severity": row.severity.label,
        "rank": int(row.severity),
        "confidence": row.confidence.label,
        "vendor": printable(row.vendor) or "other",
        "rule": printable(row.rule_name),
        "mask": printable(row.mask),
        "path": first_place,
        "more_paths": row.paths.count - (first_place in paths),
        "paths": paths,
        "where": _words.where(row),
        "start": _words.day(row.exposure.start),
        "end": _words.day(row.exposure.end),
        "days": row.exposure.usable_days,
        "visible_days": row.exposure.days,
        "pushed": _words.PUSHED[row.exposure.pushed],
        "rotated": row.rotation.date if row.rotation else "",
        "works": row.liveness.state if row.liveness else "",
        "doubt": bool(row.rotation and row.rotation.problem),
        "fixed": row.fixed,
        "suppressed": bool(row.suppression),
        "states": list(row.states),
        "author": printable(first.author) if first else "",
        "facts": [(label, text) for label, text in facts.items() if label != "paths"],
        "refs": sorted(map(printable, refs)),
        "more_refs": row.presence.refs.count - len(row.presence.refs.shown),
        "search": _searched(row, facts.values()),
        "advice": printable(row.advice),
        "url": row.url if _URL.fullmatch(row.url) else "",
        "command": printable(row.command),
        "events": [_event(one.commit, one.date, one.author, one.path) for one in row.introduced],
        "more_events": row.introduced_count - len(row.introduced),
        "timeline": axis.bar(row),
    }


def _event(commit: str, date: str, author: str, path: str) -> tuple[str, str, str, str]:
    short = printable(commit)[: _words.SHORT_OID]
    return short, _words.day(date), printable(author), printable(path)


def _searched(row: ScrubRow, facts: Iterable[str]) -> str:
    """Return all words of a row, for the search."""
    return " ".join(_all_words(row, facts)).lower()


def _all_words(row: ScrubRow, facts: Iterable[str]) -> Iterator[str]:
    yield from (row.rule_id, printable(row.rule_name), printable(row.vendor), row.severity.label)
    yield from facts
    yield from map(printable, (*row.paths.shown, *row.presence.refs.shown, *row.authors))
    yield from row.states
