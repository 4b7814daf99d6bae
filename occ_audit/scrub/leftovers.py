"""Says in which kind of place a secret is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from occ_audit.model import Finding, Location
from occ_audit.scrub.wanted import Known

_KINDS = {
    "refs/heads/": "branch",
    "refs/remotes/": "remote branch",
    "refs/tags/": "tag",
    "refs/pull/": "pull ref",
    "refs/merge-requests/": "pull ref",
    "refs/notes/": "note",
    "refs/stash": "stash",
    "refs/replace/": "replaced object",
    "refs/original/": "ref kept by an earlier rewrite",
}
_PRUNE = "`git reflog expire --expire=now --all && git gc --prune=now`"
_REWRITE = "rewrite it as planned, and push that; delete the clones from before"
REMOVED_BY = {
    "branch": _REWRITE,
    "tag": _REWRITE,
    "note": _REWRITE,
    "ref": _REWRITE,
    "name of a ref": _REWRITE,
    "name of a file": "rewrite the commits that have it, or rename it on disk",
    "pull ref": "ask the host to delete it",
    "remote branch": "`git fetch --prune` after the rewrite, or delete this clone and clone afresh",
    "stash": f"`git stash drop`, then {_PRUNE}",
    "reflog": _PRUNE,
    "unreachable object": _PRUNE,
    "replaced object": f"`git update-ref -d REF`, then {_PRUNE}",
    "ref kept by an earlier rewrite": f"`git update-ref -d REF`, then {_PRUNE}",
    "index": "mend or delete the file, then `git add` it",
    "working tree": "mend or delete the file",
    "file of git": "delete or edit it",
}
"""What to do about each kind of leftover."""


@dataclass(frozen=True, slots=True, order=True)
class Leftover:
    """A place where a secret is left."""

    side: str
    """`here` or `remote`."""
    kind: str
    """`branch`, `tag`, `note`, `stash`, `reflog`, `index`, `unreachable object`, `file` …"""
    path: str
    line: int
    fingerprint: str
    rule_id: str
    mask: str
    oid: str
    commit: str
    refs: tuple[str, ...]
    """Refs, or reflog entries, that reach it."""
    digest: str
    """Which secret of the report it is."""


def in_object(finding: Finding, known: Known, side: str) -> Leftover:
    """Return the place of a finding that the history has attributed."""
    place = finding.locations[0]
    origin = place.origins[0]
    how = str(finding.properties.get("reached_by", ""))
    names = finding.properties.get("reflogs" if how == "reflog" else "refs")
    reached = [str(name) for name in names] if isinstance(names, list) else []
    kinds = {"refs": _kind(reached), "reflog": "reflog", "index": "index"}
    return Leftover(
        side=side,
        kind=kinds.get(how, "unreachable object"),
        path=origin.path or f"{origin.kind} {place.oid}",
        line=place.line,
        fingerprint=known.fingerprint,
        rule_id=known.rule_id,
        mask=known.mask,
        oid=place.oid,
        commit=origin.commit,
        refs=tuple(reached),
        digest=known.digest,
    )


def _kind(refs: Sequence[str]) -> str:
    """Name the nearest kind of ref that reaches an object; the order is that of `_KINDS`."""
    for prefix, kind in _KINDS.items():
        if any(name.startswith(prefix) for name in refs):
            return kind
    return "ref"


def in_text(known: Known, place: Location, side: str) -> Leftover:
    """Return the place of what was read outside of git's objects."""
    origin = place.origins[0]
    kinds = {"ref": "name of a ref", "name": "name of a file", "path": "name of a file"}
    kind = kinds.get(origin.kind, "file of git" if origin.kind == "git" else "working tree")
    return Leftover(
        side=side,
        kind=kind,
        path=origin.path,
        line=place.line,
        fingerprint=known.fingerprint,
        rule_id=known.rule_id,
        mask=known.mask,
        oid=place.oid,
        commit="",
        refs=(),
        digest=known.digest,
    )
