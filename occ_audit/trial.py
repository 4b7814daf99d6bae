"""Tries rules on a text of their author's: what they find, drop, nearly find, and their cost."""

from __future__ import annotations

import bisect
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from occ_audit import selftest
from occ_audit.checks.secrets import SecretCheck
from occ_audit.matching.matcher import Match, Matcher
from occ_audit.model import Batch, Content, Location, Origin, Rule

SHORTEST_TIMED = 4096
"""On less text what is timed is the call and not the search."""
ENOUGH_SECONDS = 0.02
"""So long the processor is kept busy for one figure, so that the clock's steps do not show."""
_SHOWN = 60
_LONG = 8
_WORD = re.compile(rf"[\w+/=.~-]{{{_LONG},}}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the pattern matched, with what each check said of it."""

    place: Location
    mask: str
    kept: bool
    severity: str
    confidence: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Where the gate stopped and the pattern did not match."""

    content: str
    """The name of the text, or of the example."""
    line: int
    column: int
    shape: str
    """What stands there, in which `0`, `a` and `A` stand for the characters of longer words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the search for one rule costs, compared with a megabyte of plain source code."""

    callbacks: float
    """How often a megabyte of the text passes the gate."""
    plain_callbacks: float
    times: float | None
    """How many times as long the text takes as plain source; None where it is too short to tell."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one rule."""

    rule: Rule
    candidates: tuple[Candidate, ...]
    near_misses: tuple[NearMiss, ...]
    cost: Cost


def trials(rules: Sequence[Rule], batch: Batch, wanted: Sequence[Rule]) -> Iterator[Trial]:
    """Yield what comes of each wanted rule, beside the others of its file."""
    by_rule: dict[str, list[Candidate]] = {}
    for one, place in SecretCheck(rules).explain(batch):
        labels = one.severity.label, one.confidence.label
        found = Candidate(place, one.secret.mask, one.keep, *labels, one.reasons)
        by_rule.setdefault(one.match.rule.id, []).append(found)
    plain = _plain()
    for rule in wanted:
        matcher = Matcher([rule])
        ends = [end for _, end in sorted(matcher.hits(batch.buffer))] if matcher.rules else []
        matches = list(matcher.matches(batch)) if ends else []
        misses = tuple(_near_misses(ends, matches, batch, matcher.reach(0) if ends else 0))
        candidates = tuple(by_rule.get(rule.id, ()))
        yield Trial(rule, candidates, misses, _cost(matcher, len(ends), batch, plain))


def _near_misses(
    ends: Sequence[int], matches: Sequence[Match], batch: Batch, reach: int
) -> Iterator[NearMiss]:
    """Yield the gate's places that lie in no match, one a line."""
    starts = [match.start for match in matches]
    for content in batch.contents:
        lines = [0, *(end.end() for end in re.finditer(rb"\n", batch.buffer[: content.end]))]
        seen = set()
        for end in ends[bisect.bisect_right(ends, content.start) :]:
            if end > content.end:
                break
            before = bisect.bisect_left(starts, end) - 1
            first = bisect.bisect_right(lines, end - 1) - 1
            if first in seen or (before >= 0 and end <= matches[before].end):
                continue
            seen.add(first)
            start = max(lines[first], content.start)
            number = first - bisect.bisect_right(lines, content.start) + 2
            column = len(bytes(batch.buffer[start:end]).decode("utf-8", "replace"))
            name = content.oid or content.origin.path
            yield NearMiss(name, number, column, _shape(content, end, batch, reach))


def _shape(content: Content, end: int, batch: Batch, reach: int) -> str:
    """Return the line around a place, without giving away what may be a secret."""
    low = max(content.start, end - min(reach, _SHOWN))
    text = bytes(batch.buffer[low : min(content.end, low + 2 * _SHOWN)])
    at = end - low
    line = text[text.rfind(b"\n", 0, at) + 1 :].split(b"\n", 1)[0]
    return _WORD.sub(_drawn, line.decode("utf-8", "replace"))[:_SHOWN]


def _drawn(word: re.Match[str]) -> str:
    text = word[0]
    if text.isalpha() and (text.islower() or text.isupper()) and len(text) < 2 * _LONG:
        return text
    return re.sub(r"[^\W\d_]", lambda c: "A" if c[0].isupper() else "a", re.sub(r"\d", "0", text))


def _cost(matcher: Matcher, callbacks: int, batch: Batch, plain: Batch) -> Cost:
    size = batch.buffer.nbytes
    times = None
    if size >= SHORTEST_TIMED and matcher.rules:
        times = _seconds(matcher, batch) / size / (_seconds(matcher, plain) / plain.buffer.nbytes)
    usual = len(matcher.hits(plain.buffer)) if matcher.rules else 0
    megabyte = 1_000_000
    return Cost(callbacks * megabyte / size, usual * megabyte / plain.buffer.nbytes, times)


def _seconds(matcher: Matcher, batch: Batch) -> float:
    """Return the processor time of one search; what was confirmed before is forgotten."""
    rounds, spent = 0, 0.0
    while spent < ENOUGH_SECONDS:
        matcher.forget()
        started = time.thread_time()
        for _ in matcher.matches(batch):
            pass
        spent += time.thread_time() - started
        rounds += 1
    return spent / rounds


def _plain() -> Batch:
    text = selftest.plain_text()
    return Batch(memoryview(text), [Content(0, len(text), Origin("plain text"))])
