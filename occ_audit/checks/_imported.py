"""Judges the matches of imported rules by what their own file asks for, and by nothing else."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from occ_audit.imports import ImportedRule, Required, Sight
from occ_audit.matching.matcher import Match
from occ_audit.model import Batch

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

LONGEST_LINE = 64 * 1024
"""So much of a line, on either side of the match, is seen by expressions about lines."""
NEAR = 100 * 1000
"""A keyword has to stand within so many bytes; gitleaks reads files in pieces of that size."""


def sight(buffer: memoryview, match: Match) -> Sight:
    """Return what the tests of an imported rule may ask about a match."""
    content = match.content
    text = bytes(buffer[match.start : match.end]).strip(b"\n")
    before = bytes(buffer[max(content.start, match.start - LONGEST_LINE) : match.start])
    after = bytes(buffer[match.end : min(content.end, match.end + LONGEST_LINE)])
    first = before[before.rfind(b"\n") + 1 :]
    return Sight(
        secret=bytes(buffer[match.secret_start : match.secret_end]).strip(b"\n"),
        match=text,
        line=first + text + after.split(b"\n", 1)[0],
        path=content.origin.path,
        content=lambda: bytes(
            buffer[max(content.start, match.start - NEAR) : min(content.end, match.end + NEAR)]
        ),
    )


def names(batch: Batch, rules: Sequence[ImportedRule]) -> Iterator[Match]:
    """Yield the file names in a batch that rules about names match, each as a whole."""
    if not rules:
        return
    import regex

    patterns = [(rule, regex.compile(rule.pattern.encode())) for rule in rules]
    for content in batch.contents:
        if content.origin.kind == "path":
            start, end = content.start, content.end
            name = bytes(batch.buffer[start:end])
            for rule, pattern in patterns:
                if pattern.search(name):
                    yield Match(rule, content, start, end, start, end, {})


def together(candidates: Sequence[Judged], buffer: memoryview) -> list[Judged]:
    """Return the candidates of one content after what imported rules say of each other.

    A rule may require others nearby, some only help others, and a generic one gives way to a
    specific one that sees the same secret on the same line.
    """
    kept = [one for one in candidates if one.keep and isinstance(one.match.rule, ImportedRule)]
    if not any(_looks_around(one) for one in kept):
        return list(candidates)
    content = kept[0].match.content
    lines = _Lines(bytes(buffer[content.start : content.end]), content.start)
    return [_weighed(one, kept, lines) for one in candidates]


def _looks_around(one: Judged) -> bool:
    rule = one.match.rule
    if not isinstance(rule, ImportedRule):
        return False
    return bool(rule.helper or rule.required or _is_generic(rule))


def _is_generic(rule: ImportedRule) -> bool:
    return "generic" in rule.own_id.lower() and rule.source in ("gitleaks", "betterleaks")


def _weighed(one: Judged, kept: Sequence[Judged], lines: _Lines) -> Judged:
    rule = one.match.rule
    if not isinstance(rule, ImportedRule) or not one.keep:
        return one
    reason = next(_objections(one, rule, kept, lines), "")
    return replace(one, keep=False, reasons=(*one.reasons, reason)) if reason else one


def _objections(
    one: Judged, rule: ImportedRule, kept: Sequence[Judged], lines: _Lines
) -> Iterator[str]:
    if rule.helper:
        yield "import: the rule only helps others"
    for required in rule.required:
        if not any(_near(one, other, rule, required, lines) for other in kept):
            yield f"import: {required.rule_id} is required nearby"
    if _is_generic(rule):
        for other in kept:
            if _is_better(other, one, lines):
                yield f"import: {other.match.rule.id} says more of the same secret"


def _near(one: Judged, other: Judged, rule: ImportedRule, asked: Required, lines: _Lines) -> bool:
    found = other.match.rule
    if not isinstance(found, ImportedRule) or found.source != rule.source:
        return False
    if found.own_id != asked.rule_id:
        return False
    here, there = lines.place(one.match.start), lines.place(other.match.start)
    return (asked.lines < 0 or abs(here[0] - there[0]) <= asked.lines) and (
        asked.columns < 0 or abs(here[1] - there[1]) <= asked.columns
    )


def _is_better(other: Judged, generic: Judged, lines: _Lines) -> bool:
    rule = other.match.rule
    return (
        isinstance(rule, ImportedRule)
        and not _is_generic(rule)
        and not rule.helper
        and generic.secret.reveal() in other.secret.reveal()
        and lines.place(other.match.start)[0] == lines.place(generic.match.start)[0]
    )


@dataclass(slots=True)
class _Lines:
    """Says on which line of a content, counted from 0, and in which column a place is."""

    text: bytes
    offset: int
    _starts: list[int] | None = None

    def place(self, at: int) -> tuple[int, int]:
        if self._starts is None:
            self._starts = [0, *(end.end() for end in re.finditer(rb"\n", self.text))]
        line = bisect.bisect_right(self._starts, at - self.offset) - 1
        return line, at - self.offset - self._starts[line]
