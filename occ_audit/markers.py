"""Comments that accept a secret on their line or the next: our own form and that of other tools.

One comment covers one secret, so that a new one on its line is never covered by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from occ_audit.model import Suppression
from occ_audit.setting_types import expired, is_date

OWN = "occ-audit"
"""The tool of our own markers."""
EXPIRED, UNUSED, INVALID = "suppression-expired", "suppression-unused", "suppression-invalid"
"""The rules about what suppresses."""

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


Found = tuple[str, int, str]
"""One finding on a line: rule id, start in the line, digest of the secret (empty: no secret)."""


def inline(
    line: bytes, previous: bytes, found: Sequence[Found], today: date | None = None
) -> list[Suppression | None]:
    """Say for each finding on `line` whether a comment there, or on the line above, covers it.

    Our own comment covers the secret that its rule found; where that could be one of several and
    there is not a comment for each, it covers none. Another tool's comment covers the nearest
    secret before it, or the first one if it stands before all.
    """
    suppressions: list[Suppression | None] = [None] * len(found)
    for marker, covered in _claims(_speaking_of(line, previous), found, today or date.today()):
        reason = marker.reason if marker.tool == OWN else marker.tool
        for index in covered:
            suppressions[index] = suppressions[index] or Suppression(
                "inline", reason, marker.owner, marker.expires
            )
    return suppressions


class Complaint(NamedTuple):
    """What is wrong with one of our own comments."""

    rule_id: str
    message: str
    next_step: str


def complaints(
    line: bytes, previous: bytes, found: Sequence[Found], today: date | None = None
) -> Iterator[Complaint]:
    """Yield what is wrong with our own comments that speak of `line`: malformed, expired, unused.

    A marker with `next_line` stands on the line above.
    """
    day = today or date.today()
    for marker, covered in _claims(_speaking_of(line, previous), found, day):
        if marker.tool == OWN and not covered:
            yield _complaint(marker, found, day)


def _complaint(marker: Marker, found: Sequence[Found], today: date) -> Complaint:
    if marker.problem:
        step = "Write it as `occ-audit: allow[rule-id] reason`."
        return Complaint(INVALID, f"a comment covers nothing: {marker.problem}", step)
    if expired(marker.expires, today):
        step = "Mend what the comment accepts, or renew the date after a review."
        return Complaint(EXPIRED, f"a comment expired on {marker.expires}", step)
    rules = {rule for rule, digest in marker.names if not digest}
    meant = sorted({(rule, digest) for rule, _, digest in found if rule in rules and digest})
    if len(meant) > 1:
        message = f"a comment covers nothing: it could mean any of {len(meant)} secrets"
        bound = ", ".join(f"{rule}@{digest[:8]}" for rule, digest in meant)
        return Complaint(INVALID, message, f"Name the one that is accepted: {bound}.")
    names = ", ".join(rule for rule, _ in marker.names)
    message = f"a comment accepts {names}, which is not found there"
    return Complaint(UNUSED, message, "Delete the comment, or correct the rule id.")


def _speaking_of(line: bytes, previous: bytes) -> list[Marker]:
    above = (marker for marker in markers(previous) if marker.next_line)
    return [*above, *(marker for marker in markers(line) if not marker.next_line)]


def _claims(
    speaking: Sequence[Marker], found: Sequence[Found], today: date
) -> Iterator[tuple[Marker, frozenset[int]]]:
    """Yield each marker with the indexes of the findings that it covers."""
    usable = [m for m in speaking if not m.problem and not expired(m.expires, today)]
    covered = {id(m): _bound(m, found) for m in usable if m.tool == OWN}
    taken = frozenset[int]().union(*covered.values())
    for marker, indexes in _unbound([m for m in usable if m.tool == OWN], found, taken):
        covered[id(marker)] |= indexes
    for tool in dict.fromkeys(m.tool for m in usable if m.tool != OWN):
        # Two tools' comments side by side speak of one secret, two of one tool of two.
        covered.update(_nearest([m for m in usable if m.tool == tool], found))
    yield from ((marker, covered.get(id(marker), frozenset())) for marker in speaking)


def _bound(marker: Marker, found: Sequence[Found]) -> frozenset[int]:
    bound = [(rule, prefix) for rule, prefix in marker.names if prefix]
    return frozenset(
        index
        for index, (rule, _, digest) in enumerate(found)
        if any(name == rule and digest.startswith(prefix) for name, prefix in bound)
    )


def _unbound(
    own: Sequence[Marker], found: Sequence[Found], taken: frozenset[int]
) -> Iterator[tuple[Marker, frozenset[int]]]:
    """Give one secret to each marker of those that name the same rules, or none to any of them."""
    groups: dict[frozenset[str], list[Marker]] = {}
    for marker in own:
        rules = frozenset(rule for rule, prefix in marker.names if not prefix)
        groups.setdefault(rules, []).append(marker)
    for rules, group in groups.items():
        named = (index for index, (rule, _, _) in enumerate(found) if rule in rules)
        meant = _secrets(found, (index for index in named if index not in taken))
        if len(meant) <= len(group):
            for marker, indexes in zip(group, meant.values(), strict=False):
                taken |= indexes
                yield marker, indexes


def _nearest(
    foreign: Sequence[Marker], found: Sequence[Found]
) -> Iterator[tuple[int, frozenset[int]]]:
    """Give each marker the nearest secret before it that none of the others has, or the first."""
    left = _secrets(found, (index for index, (_, _, digest) in enumerate(found) if digest))
    for marker in foreign[: len(left)]:
        position = -1 if marker.next_line else marker.start
        before = [key for key in left if min(found[index][1] for index in left[key]) < position]
        yield id(marker), left.pop(before[-1] if before else next(iter(left)))


def _secrets(found: Sequence[Found], indexes: Iterable[int]) -> dict[str, frozenset[int]]:
    """Group findings by secret, in the order of their starts; one without secret is for itself."""
    groups: dict[str, frozenset[int]] = {}
    for index in sorted(indexes, key=lambda index: found[index][1]):
        key = found[index][2] or f"@{index}"
        groups[key] = groups.get(key, frozenset()) | {index}
    return groups
