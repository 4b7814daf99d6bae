"""What git has to say of objects and of the commits that introduced them, asked once for all."""

from __future__ import annotations

import contextlib
import datetime
import functools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from occ_audit.git_process import GitError
from occ_audit.model import Finding, Origin
from occ_audit.repository import Ref, Repository
from occ_audit.sources import _reflogs
from occ_audit.sources._appearances import Asked, appearances
from occ_audit.sources._graph import reaching, tips
from occ_audit.sources._objects import ObjectReader

REFS_NAMED = 20
"""A finding names so many of the refs that reach it, and says how many there are."""
COMMITS_COMPARED = 30_000
"""Where there are more, comparing them all would take longer than the scan itself."""
MESSAGE_BYTES = 2**24
"""No commit or tag is larger in earnest."""
REACHED = ("refs", "reflog", "index", "git", "nothing")
"""What keeps it; `git` for what stands in the files of git itself."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """A commit that introduced an object, or the making of a tag."""

    commit: str
    """Empty for a tag."""
    date: str
    """Of the commit or tag, not of the change: ISO 8601 with time zone; empty if unknown."""
    author: str
    path: str


@dataclass(frozen=True, slots=True)
class _Brought:
    """What brought an object in."""

    by: str
    """The commit or tag."""
    path: str
    tag: bool = False


class _Holder(NamedTuple):
    """What places are in: an object, or a text of git's own."""

    oid: str
    origin: Origin
    """As the scan names it: of a blob the kind alone, with `!member` where that is packed."""

    @property
    def member(self) -> str:
        """The path within a blob that is an archive; else empty."""
        return self.origin.path if self.origin.path.startswith("!") else ""


class Facts:
    """Adds to findings what is known of the objects that they are in."""

    def __init__(
        self,
        history: Asked,
        origins: Mapping[str, Origin],
        met: frozenset[str],
        commits: int,
    ) -> None:
        """`origins` by object; `met` are those that refs or reflogs reach, by so many commits."""
        repository, refs = history.repository, history.refs
        self._origins = origins
        self._met = met
        self._signed = signatures(repository)
        everywhere = commits <= COMMITS_COMPARED
        self._appearances = appearances(history, origins, met, everywhere=everywhere)
        known = (*origins.values(), *(o for at in self._appearances.values() for o in at))
        asked = {origin.commit for origin in known} - {""}
        peeled = ((name, ref.peeled) for name, ref in refs.items())
        self._reach = reaching(repository, peeled, asked, tips(refs), history.memory)
        lost = {origins[oid].commit for oid in met} - {""} - self._reach.to.keys()
        self._reflogs = _reflogs.reaching(repository, lost)
        self._ref_order = functools.cache(_ref_order)
        self._first_refs = functools.cache(self._first_of)
        self._direct = directly_named(repository, refs)
        self._head = _blobs_of_head(repository)

    def attributed(self, finding: Finding) -> Finding:
        """Return the finding with origins, first appearance, presence in HEAD, and refs."""
        if not finding.locations:
            return finding
        by_place = [_Holder(place.oid, place.origins[0]) for place in finding.locations]
        holders = tuple(dict.fromkeys(by_place))
        refs, count = self._refs_reaching(holders)
        properties: dict[str, object] = {
            "refs": refs,
            "refs_count": count,
            "reached_by": min(map(self._reached_by, holders), key=REACHED.index),
        }
        if properties["reached_by"] == "reflog":
            properties["reflogs"] = self._reflogs_reaching(holders)
        if self._head is not None:
            properties["in_head"] = any(self._in_head(holder, self._head) for holder in holders)
        origins = {holder: self._located(holder) for holder in holders}
        if others := sorted(self._paths_since(origins)):
            properties["also_at"] = others
        if known := [one for holder in holders for one in self._brought(holder)]:
            properties["introduced"] = asdict(self._earliest(known))
        places = zip(finding.locations, by_place, strict=True)
        return replace(
            finding,
            locations=tuple(replace(place, origins=origins[holder]) for place, holder in places),
            properties={**finding.properties, **properties},
        )

    def _located(self, holder: _Holder) -> tuple[Origin, ...]:
        """Return the origins that the history gives to what is in it.

        A document of the audited tree keeps its path there, whatever it was called before.
        """
        oid, origin = holder
        found = self._origins.get(oid)
        if origin.kind == "commit":
            return (Origin("commit", commit=oid),)
        if found is None or origin.kind in ("tag", "file"):
            return (origin,)
        if origin.kind == "path":
            return (replace(origin, commit=found.commit),)
        at = self._first(oid, found)
        return tuple(replace(row, path=row.path + holder.member) for row in at)

    def _first(self, oid: str, found: Origin) -> tuple[Origin, ...]:
        """Return the paths under which the introducing commit has it."""
        appearances = self._appearances.get(oid, ())
        return tuple(at for at in appearances if at.commit == found.commit) or (found,)

    def _brought(self, holder: _Holder) -> Iterator[_Brought]:
        kind, oid = holder.origin.kind, holder.oid
        if kind in ("tag", "commit"):
            yield _Brought(oid, "", tag=kind == "tag")
        elif (found := self._origins.get(oid)) and found.commit:
            yield _Brought(found.commit, self._first(oid, found)[0].path)

    def _earliest(self, known: Sequence[_Brought]) -> Introduction:
        """Return the oldest; a commit is never younger than its children, whatever its date."""
        order = self._reach.order
        in_order = [one for one in known if one.by in order]
        others = [one for one in known if one.by not in order]
        if in_order:
            others.append(min(in_order, key=lambda one: order[one.by]))
        # Only for these few git is asked who signed them, and when.
        return min(map(self._introduction, dict.fromkeys(others)), key=_instant)

    def _introduction(self, one: _Brought) -> Introduction:
        return Introduction("" if one.tag else one.by, *self._signed(one.by), path=one.path)

    def _refs_reaching(self, holders: Sequence[_Holder]) -> tuple[Sequence[str], int]:
        """Return the first names of refs that lead to any of these, and how many there are."""
        commits = {commit for holder in holders for commit in self._held_by(holder)}
        direct = frozenset[str]().union(*map(self._named, holders))
        return self._first_refs(self._reach.bits(commits), direct)

    def _first_of(self, bits: int, direct: frozenset[str]) -> tuple[Sequence[str], int]:
        refs = direct.union(self._reach.named(bits)) - {"HEAD"}
        return sorted(refs, key=self._ref_order)[:REFS_NAMED], len(refs)

    def _named(self, holder: _Holder) -> set[str]:
        """Return the refs that lead to something without any commit between, or are it."""
        if holder.origin.kind == "ref":
            return {holder.origin.path}
        return self._direct.get(holder.oid, set())

    def _held_by(self, holder: _Holder) -> set[str]:
        """Return the commits that brought something in."""
        if holder.origin.kind == "tag":
            return set()
        at = (*self._appearances.get(holder.oid, ()), self._origins.get(holder.oid, Origin("")))
        return {origin.commit for origin in at}

    def _reached_by(self, holder: _Holder) -> str:
        if self._named(holder) or not self._reach.to.keys().isdisjoint(self._held_by(holder)):
            return "refs"
        if holder.oid in self._met:
            return "refs" if holder.origin.kind == "tag" else "reflog"
        if not holder.oid:
            return "git"
        found = self._origins.get(holder.oid)
        return "index" if found and found.kind == "index" else "nothing"

    def _reflogs_reaching(self, holders: Iterable[_Holder]) -> list[str]:
        at = (self._origins.get(holder.oid, Origin("")).commit for holder in holders)
        return list(dict.fromkeys(name for commit in at for name in self._reflogs.get(commit, ())))

    def _paths_since(self, origins: Mapping[_Holder, Sequence[Origin]]) -> set[str]:
        """Return the other paths under which HEAD or another commit has what blobs hold."""
        blobs = [holder for holder in origins if holder.origin.kind == "blob"]
        found: set[str] = set()
        for holder in blobs:
            known = {origin.path for origin in self._appearances.get(holder.oid, ())}
            known |= (self._head or {}).get(holder.oid, set())
            found |= {path + holder.member for path in known}
        return found.difference(origin.path for holder in blobs for origin in origins[holder])

    def _in_head(self, holder: _Holder, blobs: Container[str]) -> bool:
        if holder.origin.kind == "commit":
            return "HEAD" in self._reach.named(self._reach.bits([holder.oid]))
        return holder.oid in blobs


def _blobs_of_head(repository: Repository) -> dict[str, set[str]] | None:
    """Return the paths in HEAD of each object there; None where its tree is not here."""
    found: dict[str, set[str]] = {}
    try:
        for entry in repository.ls_tree("HEAD"):
            found.setdefault(entry.oid, set()).add(entry.path)
    except GitError:
        return None
    return found


def signatures(repository: Repository) -> Callable[[str], tuple[str, str]]:
    """Return what tells date and author of a commit or tag; empty texts where it is not here."""
    objects = ObjectReader(repository, MESSAGE_BYTES)

    @functools.cache
    def signature(oid: str) -> tuple[str, str]:
        try:
            return _date_and_author(objects.read(oid))
        except (KeyError, OSError):
            return "", ""

    return signature


def _date_and_author(data: bytes) -> tuple[str, str]:
    """Return date and author from the head of a commit or a tag; empty if unknown."""
    lines = data.partition(b"\n\n")[0].split(b"\n")
    fields = dict(line.partition(b" ")[::2] for line in reversed(lines))
    tagger = fields.get(b"tagger", b"")
    author = fields.get(b"author", tagger).rpartition(b"> ")[0] + b">"
    when = fields.get(b"committer", tagger).rpartition(b"> ")[2]
    return _iso(when.decode("ascii", "replace")), _text(author) if len(author) > 1 else ""


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")  # as git itself assumes


def _iso(when: str) -> str:
    """Return git's `seconds zone` as ISO 8601; empty for what no calendar knows."""
    try:
        seconds, zone = when.split()
        minutes = int(zone[-4:-2]) * 60 + int(zone[-2:])
        offset = datetime.timedelta(minutes=-minutes if zone.startswith("-") else minutes)
        return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _instant(one: Introduction) -> tuple[bool, datetime.datetime]:
    """Sort by time, what has no date last."""
    date = one.date or "9999-12-31T00:00:00+00:00"
    return not one.date, datetime.datetime.fromisoformat(date)


def _ref_order(name: str) -> tuple[int, str]:
    """Branches first, then remote branches and tags, then all else."""
    kinds = ("refs/heads/", "refs/remotes/", "refs/tags/")
    return next((i for i, kind in enumerate(kinds) if name.startswith(kind)), len(kinds)), name


def directly_named(repository: Repository, refs: Mapping[str, Ref]) -> dict[str, set[str]]:
    """Return, for what a ref leads to without any commit between, the names of such refs."""
    found: dict[str, set[str]] = {}
    for name, ref in refs.items():
        led_to = {ref.oid} if ref.oid != ref.peeled else set()
        if ref.kind in ("blob", "tree"):
            led_to |= {ref.peeled, *_blobs(repository, ref)}
        for oid in led_to:
            found.setdefault(oid, set()).add(name)
    return found


def _blobs(repository: Repository, ref: Ref) -> set[str]:
    with contextlib.suppress(GitError):  # the walk says what is missing
        return {row.oid for row in repository.ls_tree(ref.peeled)} if ref.kind == "tree" else set()
    return set()
