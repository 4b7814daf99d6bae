"""What a scrub report says: one row for each secret, where it is, since when, what to do first.

Holds masks and digests of the secrets, never a secret. The digests are keyed with a random key
that the report carries, so that `occ-audit scrub verify` knows the secrets again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from occ_audit.liveness import Checked, State
from occ_audit.model import Confidence, Severity, Skipped

_Node = TypeVar("_Node")


@dataclass(frozen=True, slots=True)
class Event:
    """A commit that did something to a secret."""

    commit: str
    """Empty for a tag, or where git does not know."""
    date: str
    """Of the commit: ISO 8601 with time zone; empty if unknown."""
    author: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Some of many names, and how many there are."""

    shown: tuple[str, ...] = ()
    count: int = 0

    @classmethod
    def of(cls, names: tuple[str, ...], most: int) -> Names:
        """Return the first `most` of the names with the number of all."""
        return cls(names[:most], len(names))


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a secret still is."""

    working_tree: tuple[str, ...] = ()
    """Paths on disk."""
    index: tuple[str, ...] = ()
    """Paths that are staged."""
    head: bool = False
    """In the files of HEAD."""
    tips: Names = Names()
    """Refs whose newest commit still holds it."""
    refs: Names = Names()
    """Refs from which it can be reached, be it far back in their history."""
    kinds: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many refs reach it, by kind: branch, remote, tag, note, pull, stash, replace, other."""
    reflogs: tuple[str, ...] = ()
    """Refs whose reflog reaches it."""
    unreachable: int = 0
    """How many objects hold it that no ref and no reflog reaches."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """From when to when a secret was to be read."""

    start: str
    """When it came in; empty if unknown."""
    end: str
    """When it left the main line and the tips of branches; empty: it is still there."""
    days: int | None
    """From the first to the second, or to now."""
    usable_days: int | None
    """From its coming in to its rotation, or to now: the history gives it away all that time."""
    pushed: str
    """`yes`, `possible`, or `no`: it never left this clone."""
    evidence: tuple[str, ...]
    """What shows that."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What the ledger says of a secret."""

    date: str
    by: str
    evidence: str
    problem: str = ""
    """Why this rotation does not count; empty for one that does."""


@dataclass(frozen=True, slots=True)
class ScrubRow:
    """One secret in all its places."""

    fingerprint: str
    fingerprints: tuple[str, ...]
    """Of all rules that found it."""
    rule_id: str
    rule_name: str
    vendor: str
    severity: Severity
    confidence: Confidence
    message: str
    mask: str
    digest: str
    """32 hex digits, keyed with the report's key."""
    proof: str
    opens: tuple[str, ...]
    """Project, shop, host: what it gives access to."""
    suppression: str
    """Why it is said to be no leak; empty for most."""
    paths: Names
    texts: tuple[str, ...]
    """Beside files: the commits, tags and refs whose message or name holds it."""
    commits: int
    """How many commits hold it."""
    objects: int
    """How many git objects hold it."""
    introduced: tuple[Event, ...]
    """The commits that brought it in, the oldest first."""
    introduced_count: int
    authors: tuple[str, ...]
    last: Event | None
    """The newest commit that holds it."""
    removed: Event | None
    """The commit that took it out of HEAD's history, or else of a branch's."""
    presence: Presence
    exposure: Exposure
    rotation: Rotated | None
    liveness: Checked | None
    """What the vendor said; None where nobody was asked."""
    advice: str
    url: str
    command: str

    @property
    def fixed(self) -> bool:
        """Say whether nothing is to be done about it any more but to clean the history."""
        return bool(self.suppression) or self.rotated

    @property
    def rotated(self) -> bool:
        """Say whether the ledger holds a rotation that counts."""
        return self.rotation is not None and not self.rotation.problem

    @property
    def states(self) -> tuple[str, ...]:
        """Return what a reader filters by, in words."""
        at, known = self.presence, self.rotation
        named = {
            "rotated": self.rotated,
            "live": self.liveness is not None and self.liveness.state == State.LIVE,
            "dead": self.liveness is not None and self.liveness.state == State.DEAD,
            "rotation in doubt": known is not None and bool(known.problem),
            "not rotated": not self.fixed,
            "suppressed": bool(self.suppression),
            "in working tree": bool(at.working_tree),
            "in index": bool(at.index),
            "in HEAD": at.head,
            "at a tip": at.tips.count > 0,
            "only in history": bool(at.refs.count and not (at.head or at.tips.count)),
            "only local remains": not at.refs.count,
            "pushed": self.exposure.pushed == "yes",
            "perhaps pushed": self.exposure.pushed == "possible",
            "never pushed": self.exposure.pushed == "no",
        }
        return tuple(name for name, holds in named.items() if holds)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in the order of the checklist."""

    title: str
    detail: str
    url: str = ""
    command: str = ""
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefAt:
    """A ref and what it names."""

    name: str
    oid: str
    commit: str
    """What it leads to when tags are followed."""


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """All that one run found out."""

    root: str
    generated: str
    """ISO 8601 with time zone."""
    tool_version: str
    key: str
    """The hex digits of the random key of the digests, in groups."""
    head: str
    branch: str
    remotes: tuple[str, ...]
    """Addresses without user and password."""
    mirrors: tuple[str, ...]
    forks: tuple[str, ...]
    refs: tuple[RefAt, ...]
    counters: Mapping[str, int]
    """What was read."""
    rows: tuple[ScrubRow, ...]
    """The most urgent first."""
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]
    below: int
    """How many secrets are less grave than what was asked for."""

    @property
    def complete(self) -> bool:
        """True when nothing was left out but what the user asked to leave out."""
        return all(row.requested for row in self.skipped)

    @property
    def summary(self) -> dict[str, int]:
        """Return the figures that stand above everything else."""
        rows = [row for row in self.rows if not row.suppression]
        return {
            "secrets": len(rows),
            "not_rotated": sum(not row.fixed for row in rows),
            "visible": sum(not row.exposure.end for row in rows),
            "live": sum("live" in row.states for row in rows),
            "pushed": sum(row.exposure.pushed == "yes" for row in rows),
            "longest_days": max((row.exposure.usable_days or 0 for row in rows), default=0),
            "suppressed": len(self.rows) - len(rows),
        }


def texts(node: object) -> Iterator[str]:
    """Yield every text in a report, so that secrets in names and paths can be sought in them."""
    if isinstance(node, str):
        yield node
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        for field in dataclasses.fields(node):
            if field.name not in _UNTOLD:
                yield from texts(getattr(node, field.name))
    elif isinstance(node, Mapping | tuple):
        inner = node.values() if isinstance(node, Mapping) else node
        yield from (text for each in inner for text in texts(each))


_OWN = frozenset({"key", "digest", "generated", "tool_version", "advice", "url", "rule_name"})
"""Fields that hold no text from the repository."""
_UNTOLD = _OWN | {
    "texts",
    "fingerprint",
    "fingerprints",
    "rule_id",
    "head",
    "commit",
    "oid",
    "steps",
}
"""Fields that hold none that is not elsewhere; the digits in some look like tokens."""


def masked(node: _Node, mask: Callable[[str], str]) -> _Node:
    """Return a report in which every text from the repository went through `mask`."""
    result: Any = node
    if isinstance(node, str):
        result = mask(node)
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = [field.name for field in dataclasses.fields(node) if field.name not in _OWN]
        result = dataclasses.replace(
            node, **{name: masked(getattr(node, name), mask) for name in fields}
        )
    elif isinstance(node, tuple):
        result = tuple(masked(inner, mask) for inner in node)
    elif isinstance(node, Mapping):
        result = {key: masked(inner, mask) for key, inner in node.items()}
    return result  # type: ignore[no-any-return]  # each branch returns what it was given
