"""Finds lists that promise evidence and hold none: "New evidence artifacts:" and no item."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.problem import Problem

_LINE = re.compile(rb"[^\r\n]*")
_INDENT = re.compile(rb"[ \t]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?")
_ITEM = re.compile(rb"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_DECORATION = " \t*_`"
_WORDS = 5
"""So many words before the colon may belong to the promise."""


def problems(context: Context, words: tuple[str, ...]) -> Iterator[Problem]:
    """Yield the promises of an evidence document that nothing follows."""
    if not context.evidence:
        return
    data = context.document.data
    for match in re.finditer(rb":[*_` \t]*\r?$", data, re.MULTILINE):
        start = data.rfind(b"\n", max(match.start() - 4096, 0), match.start()) + 1
        promise = _promise(data[start : match.start()].decode("utf-8", "replace"), words)
        if promise and not context.in_code(start) and not _kept(data, start, match.end()):
            begin = match.start() - len(promise.encode())
            yield Problem(
                "evidence-list-empty",
                promise.casefold(),
                f'"{promise}:" is followed by no evidence',
                begin,
                match.start() + 1,
                "List the artifacts, or take the promise out.",
            )


def _promise(text: str, words: tuple[str, ...]) -> str:
    """Return the last words of a line, from the sentence's start, if they promise evidence."""
    sentence = re.split(r"[.;:!?]\s", text.strip(_DECORATION))[-1]
    sentence = re.sub(r"^\W*(?:\d{1,9}[.)]\s)?\W*", "", sentence)
    last = sentence.casefold().split()[-_WORDS:]
    ends = any(last[-len(row.split()) :] == row.casefold().split() for row in words)
    return sentence if ends and len(sentence.split()) <= _WORDS + 1 else ""


def _kept(data: bytes, start: int, end: int) -> bool:
    """Say whether the next line that is not blank holds something of the promised list."""
    following = next(
        (m.group() for m in _LINE.finditer(data, end) if m.group().strip()),
        b"",
    )
    if not following.strip() or following.startswith((b"#", b"---")):
        return False
    own = _INDENT.match(_LINE.match(data, start).group())  # type: ignore[union-attr]  # matches all
    if own is None or own.group().strip() == b"":
        # A paragraph: whatever follows belongs to it, but for the next one of its kind.
        return not re.fullmatch(rb"[\w *-]{1,60}:[*_ \t]*\r?", following)
    indent = len(following) - len(following.lstrip())
    if indent > len(own.group()) - len(own.group().lstrip()):
        return True
    sibling = _ITEM.match(following)
    rest = following[sibling.end() - 1 :] if sibling else following
    return rest.startswith((b"`", b"[", b"<", b"!")) if sibling else True
