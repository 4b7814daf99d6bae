"""Finds many patterns in many contents: hyperscan says which rule may match where, `regex` what.

The database of gates is compiled once per set of rules and hyperscan version and kept on disk.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hyperscan
import regex

from occ_audit.gate import UNBOUNDED, Gate, derive, longest
from occ_audit.model import Batch, Content, Rule

FLAGS = hyperscan.HS_FLAG_MULTILINE
LOOKAHEAD = 256
"""Bytes beyond a match that a look-ahead may want to see."""
LOOKBEHIND = 64
"""Bytes before a match that a look-behind may want to see."""
WINDOWS_KEPT = 50_000
"""So many confirmed windows, found or not, are remembered."""


@dataclass(frozen=True, slots=True)
class Match:
    """A confirmed match; offsets are in the batch's buffer."""

    rule: Rule
    content: Content
    start: int
    end: int
    secret_start: int
    secret_end: int
    groups: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Span:
    """A match relative to the start of the window that was searched."""

    start: int
    end: int
    secret_start: int
    secret_end: int
    groups: Mapping[str, bytes]


_Window = tuple[int, int, int, bool, bytes]
"""Rule, where search began and where the gate ended in it, whether the content ends with it, and
a hash of its bytes."""


class Matcher:
    """Many patterns over batches; safe to share between threads (the scan releases the GIL)."""

    def __init__(self, rules: Sequence[Rule], cache: Path | None = None) -> None:
        self.rules = tuple(rule for rule in rules if rule.pattern)
        self.callbacks = 0
        self._gates = [_gate(rule) for rule in self.rules]
        self._patterns: list[Any] = [None] * len(self.rules)
        self._database = _database(self._gates, cache) if self.rules else None
        self._local = threading.local()
        self._confirmed: dict[_Window, list[_Span]] = {}

    def matches(self, batch: Batch) -> Iterator[Match]:
        """Yield every match of every rule, ordered by rule, then by place."""
        hits = self._hits(batch.buffer)
        starts = [content.start for content in batch.contents]
        done = (-1, 0)
        for index, end in sorted(hits):
            if done[0] == index and end <= done[1]:
                continue
            content = batch.contents[max(bisect.bisect_left(starts, end) - 1, 0)]
            if end > content.end:
                continue
            floor = max(content.start, done[1] if done[0] == index else 0)
            for match in self._confirm(index, batch.buffer, content, floor, end):
                yield match
                done = (index, match.end)

    def _hits(self, buffer: memoryview) -> set[tuple[int, int]]:
        """Ask hyperscan which rule's gate ends where; equal answers count once."""
        hits: set[tuple[int, int]] = set()
        if self._database is None or not buffer.nbytes:
            return hits
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        add = hits.add

        def hit(index: int, start: int, end: int, flags: int, context: object) -> None:
            add((index, end))

        self._database.scan(buffer, match_event_handler=hit, scratch=scratch)
        self.callbacks += len(hits)
        return hits

    def _confirm(
        self, index: int, buffer: memoryview, content: Content, floor: int, end: int
    ) -> Iterator[Match]:
        """Yield the matches that begin before the gate's end and at or after `floor`.

        The versions of a file repeat most of their lines, so what a window holds is kept.
        """
        gate = self._gates[index]
        start = max(floor, end - gate.before)
        stop = min(end + gate.after + LOOKAHEAD, content.end)
        seen = max(start - LOOKBEHIND, 0)
        window = hashlib.blake2b(buffer[seen:stop], digest_size=16).digest()
        key = (index, start - seen, end - start, stop == content.end, window)
        spans = self._confirmed.get(key)
        if spans is None:
            spans = list(self._spans(index, buffer, start, end, stop))
            if any(span.end >= stop - LOOKAHEAD - start for span in spans) and stop < content.end:
                wider = min(stop + UNBOUNDED, content.end)
                spans = list(self._spans(index, buffer, start, end, wider))
            else:
                self._keep(key, spans)
        for span in spans:
            yield Match(
                self.rules[index],
                content,
                start + span.start,
                start + span.end,
                start + span.secret_start,
                start + span.secret_end,
                span.groups,
            )

    def _spans(
        self, index: int, buffer: memoryview, start: int, end: int, stop: int
    ) -> Iterator[_Span]:
        """Yield what `regex` finds from `start` on, relative to it, and beginning before `end`."""
        pattern, group = self._pattern(index), self.rules[index].group
        position = start
        while True:
            found = pattern.search(buffer, position, stop)
            if found is None or found.start() >= end:
                return
            groups = {name: text for name, text in found.groupdict().items() if text is not None}
            first, last = found.span(group) if group in groups else found.span()
            yield _Span(
                found.start() - start, found.end() - start, first - start, last - start, groups
            )
            position = max(found.end(), position + 1)

    def _keep(self, key: _Window, spans: list[_Span]) -> None:
        if len(self._confirmed) >= WINDOWS_KEPT:
            self._confirmed.clear()
        self._confirmed[key] = spans

    def _pattern(self, index: int) -> Any:
        pattern = self._patterns[index]
        if pattern is None:
            pattern = regex.compile(self.rules[index].pattern.encode())
            self._patterns[index] = pattern
        return pattern


def _gate(rule: Rule) -> Gate:
    pattern = rule.pattern.encode()
    try:
        if rule.gate:
            return replace(derive(rule.gate.encode()), before=longest(pattern), after=longest(pattern))
        return derive(pattern)
    except re.error:
        return Gate(pattern, prefilter=True, before=UNBOUNDED, after=UNBOUNDED)


def _database(gates: Sequence[Gate], cache: Path | None) -> Any:
    key = hashlib.sha256(str(getattr(hyperscan, "__version__", "")).encode())
    for gate in gates:
        key.update(b"%d %b\0" % (gate.prefilter, gate.expression))
    path = cache / f"gates-{key.hexdigest()[:32]}.hs" if cache else None
    if path is not None:
        with contextlib.suppress(OSError, hyperscan.error):
            return hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[gate.expression for gate in gates],
        ids=list(range(len(gates))),
        flags=[FLAGS | (hyperscan.HS_FLAG_PREFILTER if g.prefilter else 0) for g in gates],
    )
    if path is not None:
        with contextlib.suppress(OSError):
            _write(path, hyperscan.dumpb(database))
    return database


def _write(path: Path, data: bytes) -> None:
    """Write beside, then rename, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
    Path(beside).replace(path)
