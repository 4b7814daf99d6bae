"""Finds many patterns in many contents: hyperscan says which rule may match where, `regex` what.

What hyperscan looks for is compiled once per set of rules and version and kept on disk.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from occ_audit.matching import gates, hits, near
from occ_audit.matching.gate import UNBOUNDED
from occ_audit.model import Batch, Content, Rule

LOOKAHEAD = 256
"""Bytes beyond a match that a look-ahead may want to see."""
LOOKBEHIND = 64
"""Bytes before a match that a look-behind may want to see."""
WORTH_TRYING = 8
"""Trying each place by itself pays where a search would look at so many times as many."""
WINDOWS_KEPT = 50_000
"""So many confirmed windows, found or not, are remembered."""


class Match(NamedTuple):
    """A confirmed match; offsets are in the batch's buffer."""

    rule: Rule
    content: Content
    start: int
    end: int
    secret_start: int
    secret_end: int
    groups: Mapping[str, bytes]


class _Span(NamedTuple):
    """A match relative to the start of the window that was searched."""

    start: int
    end: int
    secret_start: int
    secret_end: int
    groups: Mapping[str, bytes]


_Window = tuple[int, int, int, bool, int, int]
"""Rule, where search began and where the gate ended in it, whether the content ends with it, its
length, and a hash of its bytes."""


class Matcher:
    """Many patterns over batches; safe to share between threads (the scan releases the GIL)."""

    def __init__(self, rules: Sequence[Rule], folder: Path | None = None) -> None:
        self.rules = tuple(rule for rule in rules if rule.pattern)
        self.callbacks = 0
        known = gates.of_rules(self.rules, folder)
        self._gates = [one.gate for one in known]
        self._patterns: list[Any] = [None] * len(self.rules)
        self._skims: list[Any] = [None] * len(self.rules)
        groups = gates.shared(known)
        self._near = [near.Near(group, folder) for group in groups]
        self._everywhere = near.scanner(gates.everywhere(known, groups), "gates", folder)
        self._confirmed: dict[_Window, list[_Span]] = {}

    def matches(self, batch: Batch) -> Iterator[Match]:
        """Yield every match of every rule, ordered by rule, then by place."""
        starts = [content.start for content in batch.contents]
        last, done, tried = -1, 0, 0
        for index, end in sorted(hits.of_gates(batch, self.hits)):
            if index != last:
                last, done, tried = index, 0, 0
            content = batch.contents[max(bisect.bisect_left(starts, end) - 1, 0)]
            # What ends a value may be the end of the content, after which another byte stands.
            if end <= done or end > content.end + 1:
                continue
            # Where a match could begin before the last gate's end has been tried for good.
            start = max(content.start, done, tried, end - self._gates[index].before)
            for span in self._confirm(index, batch.buffer, content.end, start, end):
                match = self._match(index, content, start, span)
                yield match
                done = match.end
            tried = end

    def _match(self, index: int, content: Content, start: int, span: _Span) -> Match:
        return Match(
            self.rules[index],
            content,
            start + span.start,
            start + span.end,
            start + span.secret_start,
            start + span.secret_end,
            span.groups,
        )

    def hits(self, buffer: memoryview) -> set[tuple[int, int]]:
        """Ask hyperscan which rule's gate ends where: the rule's index and the place, each once."""
        found = self._everywhere.hits(buffer)
        self.callbacks += len(found)
        own = {hit for hit in found if hit[0] < len(self.rules)}
        for index, group in enumerate(self._near, len(self.rules)):
            found_near = group.hits(buffer, sorted(end for number, end in found if number == index))
            self.callbacks += len(found_near)
            own |= found_near
        return own

    def _confirm(
        self, index: int, buffer: memoryview, limit: int, start: int, end: int
    ) -> Sequence[_Span]:
        """Return the matches that begin between `start` and the gate's end, relative to `start`.

        The versions of a file repeat most of their lines, so what a window holds is kept.
        """
        stop = min(end + self._gates[index].after + LOOKAHEAD, limit)
        seen = max(start - LOOKBEHIND, 0)
        window = bytes(buffer[seen:stop])
        # Python's hash of bytes is keyed anew in each process, and has 64 bits.
        key = (index, start - seen, end - start, stop == limit, len(window), hash(window))
        spans = self._confirmed.get(key)
        if spans is None:
            spans = list(self._spans(index, buffer, start, end, stop))
            if stop < limit and any(span.end >= stop - LOOKAHEAD - start for span in spans):
                wider = min(stop + UNBOUNDED, limit)
                return list(self._spans(index, buffer, start, end, wider))
            self._keep(key, spans)
        return spans

    def _spans(
        self, index: int, buffer: memoryview, start: int, end: int, stop: int
    ) -> Iterator[_Span]:
        """Yield what `regex` finds from `start` on, relative to it, and beginning before `end`."""
        names = self.rules[index].group.split("|")
        for found in self._found(index, buffer, start, end, stop):
            groups = {name: text for name, text in found.groupdict().items() if text is not None}
            held = [name for name in names if name in groups]
            group = next((name for name in held if groups[name]), held[0] if held else 0)
            first, last = found.span(group)
            yield _Span(
                found.start() - start, found.end() - start, first - start, last - start, groups
            )

    def _found(
        self, index: int, buffer: memoryview, start: int, end: int, stop: int
    ) -> Iterator[Any]:
        """Yield the matches that begin from `start` on and before `end`, each after the last.

        A caseless pattern is slow to try at each place: where it is known how a match begins,
        the places are looked up first.
        """
        pattern, starts = self._pattern(index), self._gates[index].starts
        longest = max(map(len, starts), default=1)
        text = bytes(buffer[start : min(end + longest - 1, stop)]).lower() if starts else b""
        position = start
        while True:
            if starts:
                begin = self._skim(index).search(text, position - start)
                if begin is None or start + begin.start() >= end:
                    return
                position = start + begin.start()
                found = pattern.match(buffer, position, stop)
            else:
                found = _first(pattern, buffer, position, end, stop)
                if found is None:
                    return
            if found is not None:
                yield found
            position = max(found.end() if found is not None else 0, position + 1)

    def reach(self, index: int) -> int:
        """Return how far before its gate's end a match of a rule can begin."""
        return self._gates[index].before

    def forget(self) -> None:
        """Forget which windows were confirmed, so that a search costs what a first one does."""
        self._confirmed.clear()

    def _keep(self, key: _Window, spans: list[_Span]) -> None:
        if len(self._confirmed) >= WINDOWS_KEPT:
            self._confirmed.clear()
        self._confirmed[key] = spans

    def _skim(self, index: int) -> Any:
        skim = self._skims[index]
        if skim is None:
            skim = re.compile(b"|".join(re.escape(text) for text in self._gates[index].starts))
            self._skims[index] = skim
        return skim

    def _pattern(self, index: int) -> Any:
        pattern = self._patterns[index]
        if pattern is None:
            import regex  # most runs find nothing to confirm

            pattern = regex.compile(self.rules[index].pattern.encode())
            self._patterns[index] = pattern
        return pattern


def _first(pattern: Any, buffer: memoryview, start: int, end: int, stop: int) -> Any:
    """Return the first match that begins before `end`, or None.

    A search would try every place up to `stop`, which may lie far behind.
    """
    if stop - end <= WORTH_TRYING * (end - start):
        found = pattern.search(buffer, start, stop)
        return found if found and found.start() < end else None
    tried = (pattern.match(buffer, place, stop) for place in range(start, end))
    return next(filter(None, tried), None)
