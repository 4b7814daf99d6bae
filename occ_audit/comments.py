"""Comments in the text that suppress: what they cover, and what is wrong with those that do not."""

from __future__ import annotations

import bisect
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from occ_audit.markers import Found, complaints, inline, markers, may_hold_markers
from occ_audit.model import Batch, Content, Finding, Origin
from occ_audit.reading import Tree
from occ_audit.secret import Secret
from occ_audit.suppress import problem

NEAR = 4096
"""A comment is looked for so many bytes around a secret, should its line be longer."""
_OWN_MARK = re.compile(rb"occ-audit: ?allow")  # a look-behind here takes ten times as long
_QUOTED = ord("`")
"""Behind it, it is not a comment but a text about comments."""


class MarkedLine(NamedTuple):
    """A line that bears a comment of our own."""

    origin: Origin
    line: int
    text: bytes


def in_batch(findings: Sequence[Finding], batch: Batch, salt: bytes) -> Iterator[Finding]:
    """Let comments on a line speak for the findings of that line."""
    contents = {(content.oid, content.origin): content for content in batch.contents}
    by_line: dict[tuple[Content, int], list[Finding]] = {}
    for finding in findings:
        place = finding.locations[0]
        content = contents.get((place.oid, place.origins[0]))
        if content is None:  # within an archive: its lines are not those of the batch
            yield finding
            continue
        by_line.setdefault((content, place.line), []).append(finding)
    for (content, _), group in by_line.items():
        first = content.start + group[0].locations[0].start
        window = max(content.start, first - NEAR)
        text = bytes(batch.buffer[window : min(content.end, first + NEAR)])
        yield from _commented(group, text, window - content.start, salt)


def in_documents(findings: Iterable[Finding], tree: Tree, salt: bytes) -> Iterator[Finding]:
    """Let comments in documents speak for single places of evidence findings."""
    read = functools.lru_cache(maxsize=2)(functools.partial(_text, tree))
    for finding in findings:
        if not any(read(place.origins[0].path) for place in finding.locations):
            yield finding
            continue
        for place in finding.locations:
            text = read(place.origins[0].path)
            yield from _commented([replace(finding, locations=(place,))], text, 0, salt)


def _text(tree: Tree, path: str) -> bytes:
    """Return a document; nothing where it has no comments."""
    try:
        text = tree.read(path)
    except (KeyError, OSError):  # a path of an earlier commit has no line to comment on
        return b""
    return text if may_hold_markers(text) else b""


def _commented(
    group: Sequence[Finding], text: bytes, offset: int, salt: bytes
) -> Iterator[Finding]:
    """Apply the comments on the line of the group, or above it.

    `text` begins at byte `offset` of the content and holds the line.
    """
    at = group[0].locations[0].start - offset
    start = text.rfind(b"\n", 0, at) + 1
    end = text.find(b"\n", at)
    line = text[start : end if end >= 0 else None]
    previous = text[text.rfind(b"\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    if not (markers(line) or markers(previous)):
        yield from group
        return
    rows = [(one.rule_id, one.locations[0].start - offset - start, one.secret) for one in group]
    found = _named(rows, salt, digests=_is_bound(line) or _is_bound(previous))
    for finding, suppression in zip(group, inline(line, previous, found), strict=True):
        yield replace(finding, suppression=suppression)


_Row = tuple[str, int, Secret | None]
"""A finding on a line: its rule, where it starts, and the secret."""


def _is_bound(line: bytes) -> bool:
    """Say whether a comment on the line names the digest of what it accepts."""
    return any(digest for marker in markers(line) for _, digest in marker.names)


def _named(rows: Sequence[_Row], salt: bytes, *, digests: bool) -> list[Found]:
    """Return the findings of a line with what tells their secrets apart.

    Digests, which may be slow, are made only where a comment names one, or one is to be shown.
    """
    names: dict[Secret | None, str] = {None: ""}
    for _, _, secret in rows:
        if secret not in names:
            names[secret] = secret.digest(salt) if secret and digests else str(len(names))
    return [(rule_id, start, names[secret]) for rule_id, start, secret in rows]


def marked_lines(batch: Batch) -> Iterator[MarkedLine]:
    """Yield the lines of a batch that bear a comment of our own."""
    starts = [content.start for content in batch.contents]
    counted, line = -1, 1
    for mark in _OWN_MARK.finditer(batch.buffer) if starts else ():
        at = mark.start()
        content = batch.contents[max(bisect.bisect_right(starts, at) - 1, 0)]
        if not content.start <= at < content.end or batch.buffer[max(at - 1, 0)] == _QUOTED:
            continue
        if counted < content.start:
            counted, line = content.start, 1
        line += bytes(batch.buffer[counted:at]).count(b"\n")
        counted = at
        before = bytes(batch.buffer[max(content.start, at - NEAR) : at])
        after = bytes(batch.buffer[at : min(content.end, at + NEAR)])
        text = before[before.rfind(b"\n") + 1 :] + after.partition(b"\n")[0]
        yield MarkedLine(content.origin, line, text)


def problems(
    marked: Iterable[MarkedLine], findings: Iterable[Finding], salt: bytes
) -> Iterator[Finding]:
    """Yield a finding for each comment of our own that is malformed, expired, or covers nothing."""
    lines = dict.fromkeys(marked)
    asked = {(at.origin.path, at.line + below) for at in lines for below in (0, 1)}
    found: defaultdict[tuple[str, int], list[_Row]] = defaultdict(list)
    for finding in findings if asked else ():
        whole = [(finding.rule_id, finding.secret, place) for place in finding.locations]
        parts = [(part.rule_id, part.secret, part.location) for part in finding.parts]
        for rule_id, secret, place in (*whole, *parts):
            for origin in place.origins:
                if (origin.path, place.line) in asked:
                    found[origin.path, place.line].append((rule_id, place.start, secret))
    for at in lines:
        bound = _is_bound(at.text)
        here, below = (
            _named(rows, salt, digests=bound or len({secret for _, _, secret in rows}) > 1)
            for rows in (found[at.origin.path, line] for line in (at.line, at.line + 1))
        )
        said = [*complaints(at.text, b"", here), *complaints(b"", at.text, below)]
        column = len(at.text[: at.text.find(b"occ-audit:")].decode("utf-8", "replace")) + 1
        for one in said:
            yield problem(one.rule_id, one.message, one.next_step, at.origin, at.line, column)
