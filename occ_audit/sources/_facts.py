"""What git has to say of objects and of the commits that introduced them, asked once for all."""

from __future__ import annotations

import contextlib
import datetime
import functools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from occ_audit.git_process import GitError
from occ_audit.model import Finding, Location, Origin
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
        self._direct = directly_named(repository, refs)
        self._head = _blobs_of_head(repository)

    def attributed(self, finding: Finding) -> Finding:
        """Return the finding with origins, first appearance, presence in HEAD, and refs."""
        if not finding.locations:
            return finding
        places = finding.locations
        refs = self._refs_reaching(places)
        properties: dict[str, object] = {
            "refs": sorted(refs - {"HEAD"}, key=self._ref_order)[:REFS_NAMED],
            "refs_count": len(refs - {"HEAD"}),
            "reached_by": "refs" if refs else min(map(self._reached_by, places), key=REACHED.index),
        }
        if properties["reached_by"] == "reflog":
            properties["reflogs"] = self._reflogs_reaching(places)
        if self._head is not None:
            properties["in_head"] = any(self._in_head(place, self._head) for place in places)
        if others := sorted(self._paths_since(places)):
            properties["also_at"] = others
        if known := [one for place in places for one in self._brought(place)]:
            properties["introduced"] = asdict(self._earliest(known))
        return replace(
            finding,
            locations=tuple(self._located(place) for place in places),
            properties={**finding.properties, **properties},
        )

    def _located(self, place: Location) -> Location:
        """Return the place with the origin that the history gives it.

        A document of the audited tree keeps its path there, whatever it was called before.
        """
        kind = place.origins[0].kind
        found = self._origins.get(place.oid)
        if kind == "commit":
            return replace(place, origins=(Origin("commit", commit=place.oid),))
        if found is None or kind in ("tag", "file"):
            return place
        if kind == "path":
            return replace(place, origins=(replace(place.origins[0], commit=found.commit),))
        # A blob has no path so far, but that of a member within: `!member`.
        member = place.origins[0].path if place.origins[0].path.startswith("!") else ""
        at = self._first(place.oid, found)
        return replace(place, origins=tuple(replace(o, path=o.path + member) for o in at))

    def _first(self, oid: str, found: Origin) -> tuple[Origin, ...]:
        """Return the paths under which the introducing commit has it."""
        appearances = self._appearances.get(oid, ())
        return tuple(at for at in appearances if at.commit == found.commit) or (found,)

    def _brought(self, place: Location) -> Iterator[_Brought]:
        kind, oid = place.origins[0].kind, place.oid
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

    def _refs_reaching(self, places: Sequence[Location]) -> set[str]:
        commits = {commit for place in places for commit in self._held_by(place)}
        return set(self._reach.leads_to(commits)).union(*map(self._named, places))

    def _named(self, place: Location) -> set[str]:
        """Return the refs that lead to a place without any commit between, or are the place."""
        if place.origins[0].kind == "ref":
            return {place.origins[0].path}
        return self._direct.get(place.oid, set())

    def _held_by(self, place: Location) -> set[str]:
        """Return the commits that brought in what a place is in."""
        if place.origins[0].kind == "tag":
            return set()
        at = (*self._appearances.get(place.oid, ()), self._origins.get(place.oid, Origin("")))
        return {origin.commit for origin in at}

    def _reached_by(self, place: Location) -> str:
        if self._named(place) or not self._reach.to.keys().isdisjoint(self._held_by(place)):
            return "refs"
        if place.oid in self._met:
            return "refs" if place.origins[0].kind == "tag" else "reflog"
        if not place.oid:
            return "git"
        found = self._origins.get(place.oid)
        return "index" if found and found.kind == "index" else "nothing"

    def _reflogs_reaching(self, places: Iterable[Location]) -> list[str]:
        at = (self._origins.get(place.oid, Origin("")).commit for place in places)
        return list(dict.fromkeys(name for commit in at for name in self._reflogs.get(commit, ())))

    def _paths_since(self, places: Iterable[Location]) -> set[str]:
        """Return the other paths under which HEAD or another commit has what blobs hold."""
        blobs = [place for place in places if place.origins[0].kind == "blob"]
        found: set[str] = set()
        for place in blobs:
            member = place.origins[0].path if place.origins[0].path.startswith("!") else ""
            known = {origin.path for origin in self._appearances.get(place.oid, ())}
            known |= (self._head or {}).get(place.oid, set())
            found |= {path + member for path in known}
        first = (origin.path for place in blobs for origin in self._located(place).origins)
        return found.difference(first)

    def _in_head(self, place: Location, blobs: Container[str]) -> bool:
        if place.origins[0].kind == "commit":
            return "HEAD" in self._reach.leads_to([place.oid])
        return place.oid in blobs


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
