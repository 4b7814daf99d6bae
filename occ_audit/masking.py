"""Masking as an invariant of all output: whatever is written passes through here once or twice.

First `masked_report` cleans every text that came from the repository, before any layout could
split a secret; then `masking_stream` filters what is written, log lines and tracebacks included.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from occ_audit.model import Finding, Location, Origin, Report, Skipped, Suppression
from occ_audit.spellings import spellings

MASK = "****"

_HEAD = 8
"""Spellings of at least this many characters are masked everywhere, found by their first ones."""

_GRAM = 4
_STRIDE = _HEAD - _GRAM + 1

_SHORTEST = 4
"""Shorter ones are not looked for: they tell nothing, and would mangle every text."""

_VARIED = 4
"""A long run of fewer different characters is decoration, such as a line of dashes."""

_PARTIAL = 6
"""A piece of a secret at a cut end of an excerpt is masked from this length on."""

_ARMOUR = "-----"
"""Begins and ends a key, and is no part of what is secret in it."""

_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]{1,14}|[A-Z]{1,15}")
_WORD_CHARACTER = re.compile(r"\w")
_CUT = " \t….*"
"""What stands at the ends of an excerpt that was cut."""


class Masker:
    """Replaces known secrets in text.

    A distinctive secret (8 characters or more, no plain word) is replaced everywhere and in all
    its spellings. A short one or a plain word, such as the password `postgres`, is replaced only
    in texts from the repository and only as a whole word: elsewhere it would mangle the report's
    own words, and in paths and names a plain word stays, so that they still open.
    """

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        self._heads: dict[str, set[int]] = {}
        self._distinctive: set[str] = set()
        self._grams: set[str] = set()
        self._short: dict[int, set[str]] = {}
        self._words: dict[int, set[str]] = {}
        self._forward: list[str] = []
        self._backward: list[str] = []
        self._learn(secrets)

    def __bool__(self) -> bool:
        """Say whether there is anything to mask."""
        return bool(self._distinctive or self._short or self._words)

    def _learn(self, secrets: Iterable[bytes]) -> None:
        for spelling in {spelling for secret in secrets for spelling in spellings(secret)}:
            if _distinctive(spelling):
                self._distinctive.add(spelling)
                self._heads.setdefault(spelling[:_HEAD], set()).add(len(spelling))
            elif len(spelling) >= _SHORTEST:
                group = self._words if _PLAIN_WORD.fullmatch(spelling) else self._short
                group.setdefault(len(spelling), set()).add(spelling)
        self._grams.update(head[at : at + _GRAM] for head in self._heads for at in range(_STRIDE))
        self._longest = max(map(len, self._distinctive), default=0)
        self._forward = sorted(self._distinctive)
        self._backward = sorted(spelling[::-1] for spelling in self._distinctive)

    def text(self, text: str) -> str:
        """Mask distinctive secrets; right for any output."""
        return _replace(text, self._spans(text))

    def name(self, text: str) -> str:
        """Mask distinctive and short secrets; for paths, names and messages."""
        return _replace(text, self._spans(text), _whole(text, self._short))

    def excerpt(self, text: str) -> str:
        """Mask all secrets, plain words too, and the pieces that a cut left at either end."""
        body = _replace(
            text, self._spans(text), _whole(text, self._short), _whole(text, self._words)
        )
        return _replace(body, self._pieces(body))

    def held(self, text: str) -> int:
        """Return where the end of `text` begins that further text could make a secret."""
        first = max(text.rfind("\n") + 1, len(text) - self._longest)
        start = _open_end(self._forward, text, first)
        for span_start, span_end in self._spans(text):
            if span_start < start < span_end:
                return span_start
        return start

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where distinctive secrets stand.

        Only every fifth place is looked at: wherever a head of eight characters stands, one of
        those places is the start of a known piece of four.
        """
        grams, heads = self._grams, self._heads
        places = range(0, len(text) - _GRAM + 1, _STRIDE) if grams else range(0)
        for place in [at for at in places if text[at : at + _GRAM] in grams]:
            for start in range(max(0, place - _STRIDE + 1), place + 1):
                for length in heads.get(text[start : start + _HEAD], ()):
                    if text[start : start + length] in self._distinctive:
                        yield start, start + length

    def _pieces(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield what may be the beginning of a secret at the end of `text`, or the reverse."""
        first = len(text) - len(text.lstrip(_CUT))
        last = len(text.rstrip(_CUT))
        inner = text[first:last]
        lowest = max(0, len(inner) - self._longest)
        start = _open_end(self._forward, inner, lowest)
        if len(inner) - start >= _PARTIAL and not inner.startswith(_ARMOUR, start):
            yield first + start, last
        start = _open_end(self._backward, inner[::-1], lowest)
        if len(inner) - start >= _PARTIAL and not inner.endswith(_ARMOUR, 0, len(inner) - start):
            yield first, last - start


def masker_for(report: Report) -> Masker:
    """Return a masker that knows every secret of a report."""
    found = {secret for finding in report.findings for secret in finding.secrets}
    found |= set(report.hidden)
    return Masker({variant for secret in found for variant in secret.variants})


def masked_report(report: Report, masker: Masker) -> Report:
    """Return the report with every text from the repository masked; `Secret`s stay as they are."""
    if not masker:
        return report
    name, excerpt = remembering(masker.name), remembering(masker.excerpt)

    def origin(row: Origin) -> Origin:
        path, commit = name(row.path), name(row.commit)
        same = (path, commit) == (row.path, row.commit)
        return row if same else dataclasses.replace(row, path=path, commit=commit)

    def location(row: Location) -> Location:
        shown, origins = excerpt(row.excerpt), tuple(map(origin, row.origins))
        same = shown == row.excerpt and origins == row.origins
        return row if same else dataclasses.replace(row, excerpt=shown, origins=origins)

    def suppression(row: Suppression | None) -> Suppression | None:
        return row and dataclasses.replace(row, reason=name(row.reason), owner=name(row.owner))

    def finding(row: Finding) -> Finding:
        return dataclasses.replace(
            row,
            message=name(row.message),
            locations=tuple(map(location, row.locations)),
            fingerprint=name(row.fingerprint),
            suppression=suppression(row.suppression),
            properties={key: _walk(value, name) for key, value in row.properties.items()},
        )

    def skipped(row: Skipped) -> Skipped:
        return dataclasses.replace(row, origin=origin(row.origin), reason=name(row.reason))

    return dataclasses.replace(
        report,
        root=name(report.root),
        findings=tuple(map(finding, report.findings)),
        dropped=tuple(map(finding, report.dropped)),
        skipped=tuple(map(skipped, report.skipped)),
        stats={key: _walk(value, name) for key, value in report.stats.items()},
    )


def _distinctive(spelling: str) -> bool:
    return (
        len(spelling) >= _HEAD
        and len(set(spelling)) >= _VARIED
        and not _PLAIN_WORD.fullmatch(spelling)
    )


def _whole(text: str, by_length: Mapping[int, set[str]]) -> Iterator[tuple[int, int]]:
    """Yield where a known text stands that is no part of a longer word."""
    for length, known in by_length.items():
        for start in range(len(text) - length + 1):
            end = start + length
            if text[start:end] in known and not (
                _joined(text, start - 1, start) or _joined(text, end - 1, end)
            ):
                yield start, end


def _joined(text: str, left: int, right: int) -> bool:
    """Say whether two neighbouring characters belong to one word."""
    if left < 0 or right >= len(text):
        return False
    return bool(_WORD_CHARACTER.match(text[left]) and _WORD_CHARACTER.match(text[right]))


def _replace(text: str, *spans: Iterable[tuple[int, int]]) -> str:
    """Put the mask in place of each span; overlapping ones become one."""
    done: list[str] = []
    reached = 0
    for start, end in sorted(itertools.chain.from_iterable(spans)):
        if start >= reached:
            done += (text[reached:start], MASK)
        reached = max(reached, end)
    return "".join(done) + text[reached:] if done else text


def _open_end(known: list[str], text: str, first: int) -> int:
    """Return the first place, from `first` on, where the rest begins one of `known` (sorted)."""
    for start in range(first, len(text)):
        rest = text[start:]
        place = bisect.bisect_right(known, rest)
        if place < len(known) and known[place].startswith(rest):
            return start
    return len(text)


def _walk(value: object, mask: Callable[[str], str]) -> object:
    """Mask every text in a JSON-ready value."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _walk(inner, mask) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_walk(inner, mask) for inner in value]
    return value


def remembering(mask: Callable[[str], str]) -> Callable[[str], str]:
    """Return the same function, which does not look twice at what it sees again and again."""
    return functools.lru_cache(maxsize=65536)(mask)
