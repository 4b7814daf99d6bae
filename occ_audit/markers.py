"""Comments that accept a secret on their line or the next: our own form and that of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from occ_audit.setting_types import is_date

OWN = "occ-audit"
"""The tool of our own markers."""

_MARK = re.compile(
    rb"(?<![\w-])(?:"
    rb"occ-audit:[ \t]{0,4}(?P<own>allow(?:-next)?)"
    rb"|(?P<foreign>gitleaks:allow|betterleaks:allow|kingfisher:ignore|trufflehog:ignore|ggignore"
    rb"|pragma: ?(?:allow|white)list[ -](?:nextline[ -])?secret|secretlint-disable-(?:next-)?line)"
    rb")(?![\w-])"
)
_SIGNS = (b"occ-audit:", b":allow", b":ignore", b"ggignore", b"pragma:", b"secretlint-disable")
"""One of these stands in every marker."""
_NAMES = re.compile(r"[ \t]{0,4}\[([^\]]*)\]")
_NAME = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:@([0-9a-f]{8,64}))?")
_LONGEST = 500
"""Bytes of a comment that are read after its mark."""
_CLOSERS = ("-->", "--%>", "*/", "*)", "#}", "%>", "-}", "]]", "|", "`", '"', "'", ",", ";")
"""What may end a comment, or the text or table cell that it stands in."""


class Marker(NamedTuple):
    """One comment; it covers one secret, and each further one only by naming its digest."""

    tool: str
    """`occ-audit`, or the mark of another tool as written."""
    start: int
    """Byte offset in the line that it stands on."""
    names: tuple[tuple[str, str], ...] = ()
    """Rule ids, each with the beginning of a secret's digest or an empty text; only in our own."""
    next_line: bool = False
    """It speaks of the line below its own."""
    reason: str = ""
    owner: str = ""
    expires: str = ""
    """The last day on which it holds, `YYYY-MM-DD`; empty: no end."""
    problem: str = ""
    """Why it covers nothing, if it is not well formed."""


def may_hold_markers(text: bytes) -> bool:
    """Say whether a text may hold a marker: to look for its sign is much quicker."""
    return any(sign in text for sign in _SIGNS)


def markers(line: bytes) -> tuple[Marker, ...]:
    """Return the markers on one line in their order, malformed ones with their problem."""
    marks = list(_MARK.finditer(line)) if may_hold_markers(line) else []
    ends = [*(mark.start() for mark in marks), len(line)][1:]
    return tuple(_marker(mark, line, end) for mark, end in zip(marks, ends, strict=True))


def _marker(mark: re.Match[bytes], line: bytes, end: int) -> Marker:
    foreign = mark["foreign"]
    if foreign is not None:
        return Marker(foreign.decode(), mark.start(), next_line=b"next" in foreign)
    marker = Marker(OWN, mark.start(), next_line=mark["own"] == b"allow-next")
    rest = line[mark.end() : min(end, mark.end() + _LONGEST)].decode("utf-8", "replace")
    names = _NAMES.match(rest)
    if not names:
        return marker._replace(problem="it names no rule")
    try:
        marker = marker._replace(names=tuple(_names(names[1])))
        return _with_reason(marker, rest[names.end() :])
    except ValueError as problem:
        return marker._replace(problem=str(problem))


def _names(text: str) -> Iterator[tuple[str, str]]:
    for word in text.split(","):
        name = _NAME.fullmatch(word.strip())
        if not name:
            raise ValueError(f"{word.strip()!a} is no rule id, alone or with `@` and a digest")
        yield name[1], name[2] or ""


def _with_reason(marker: Marker, rest: str) -> Marker:
    """Add what follows the names: `owner=…` and `expires=…` anywhere, the other words as reason."""
    words = _without_closers(rest).split()
    settings = dict(w.split("=", 1) for w in words if w.startswith(("owner=", "expires=")))
    reason = " ".join(w for w in words if not w.startswith(("owner=", "expires=")))
    expires = settings.get("expires", "")
    if "expires" in settings and not is_date(expires):
        raise ValueError(f"{expires!a} is no date as YYYY-MM-DD")
    return marker._replace(reason=reason, owner=settings.get("owner", ""), expires=expires)


def _without_closers(text: str) -> str:
    """Cut the text where its comment ends, and strip the comment sign of a marker after it."""
    end = min((at for closer in ("-->", "*/") if (at := text.find(closer)) >= 0), default=len(text))
    text = text[:end].rstrip().rstrip("#/<!-*").rstrip()
    while text.endswith(_CLOSERS):
        text = text[: -len(next(closer for closer in _CLOSERS if text.endswith(closer)))].rstrip()
    return text
