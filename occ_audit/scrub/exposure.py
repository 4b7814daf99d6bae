"""What a history says of one secret: who brought it in and took it out, where it is, who saw it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from occ_audit.repository import Repository
from occ_audit.scrub import reach
from occ_audit.scrub.lineage import Asked, Lineage
from occ_audit.scrub.report import Event, Exposure, Names, Presence
from occ_audit.scrub.rotations import moment
from occ_audit.scrub.subjects import Subject
from occ_audit.scrub.surroundings import Surroundings, kind_of
from occ_audit.sources._facts import directly_named, signatures
from occ_audit.wording import some

REFS_SHOWN = 20
"""So many are named for one secret; how many there are is always said."""

_VISIBLE = ("branch", "remote", "pull")
"""What ends the exposure of a secret that the main line never had: it is at no tip of these."""
_NAMED_AS_EVIDENCE = 3


def asked(subjects: Sequence[Subject]) -> Asked:
    """Return in which objects and paths the commit graph is to look for the subjects."""
    paths: dict[str, set[int]] = {}
    for number, subject in enumerate(subjects):
        for path in subject.names("name"):
            paths.setdefault(path, set()).add(number)
    return Asked(
        _by_object(subjects, "file"),
        _by_object(subjects, "commit"),
        {path: frozenset(numbers) for path, numbers in paths.items()},
    )


def _by_object(subjects: Iterable[Subject], kind: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, subject in enumerate(subjects):
        for oid in subject.objects(kind):
            found.setdefault(oid, set()).add(number)
    return {oid: frozenset(numbers) for oid, numbers in found.items()}


class History:
    """Answers for one secret at a time what was asked of git for all."""

    def __init__(
        self,
        repository: Repository,
        subjects: Sequence[Subject],
        lineage: Lineage,
        around: Surroundings,
        now: datetime.datetime,
    ) -> None:
        self._around = around
        self._subjects = subjects
        self._lineage = lineage
        self._now = now
        self._signed = signatures(repository)
        self._direct = directly_named(repository, around.refs)
        named = _by_object(subjects, "file") | _by_object(subjects, "tag")
        names: dict[str, list[int]] = {}
        for number, subject in enumerate(subjects):
            for name in subject.names("ref"):
                names.setdefault(name, []).append(number)
        self._reaching, self._tips = reach.of_refs(lineage, around.refs, self._direct, named, names)
        self._reflogs = reach.of_reflogs(lineage, around)
        self._lost = reach.lost_on_the_line(lineage, around.line)

    def last(self, number: int) -> Event | None:
        """Return the newest commit that holds it."""
        commit = self._lineage.last.get(number)
        return self._event(commit) if commit else None

    def introduced(self, number: int) -> tuple[Event, ...]:
        """Return the commits that brought it in; where none is known, what the scan found out."""
        path = next(iter(self._lineage.paths.get(number, ())), "")
        commits = self._lineage.introduced.get(number, [])
        if commits:
            messages = self._subjects[number].objects("commit")
            events = [self._event(one, "" if one in messages else path) for one in commits]
            return tuple(sorted(events, key=_instant))
        known = [one.properties.get("introduced") for one in self._subjects[number].findings]
        events = [
            Event(*(str(one.get(name, "")) for name in ("commit", "date", "author", "path")))
            for one in known
            if isinstance(one, Mapping)
        ]
        return tuple(sorted(set(events), key=_instant))

    def presence(self, number: int) -> Presence:
        """Return where it still is."""
        subject, around = self._subjects[number], self._around
        reaching = self._reaching.get(number, [])
        files = subject.objects("file")
        messages = subject.objects("commit")
        head = around.refs.get("HEAD")
        in_files = head is not None and number in self._lineage.holds.get(head.peeled, ())
        return Presence(
            working_tree=subject.on_disk,
            index=unique(path for oid in files for path in around.index.get(oid, ())),
            head=in_files or not around.ancestors.isdisjoint(messages),
            tips=Names.of(tuple(self._tips.get(number, ())), REFS_SHOWN),
            refs=Names.of(tuple(reaching), REFS_SHOWN),
            kinds=dict(Counter(kind_of(name) for name in reaching)),
            reflogs=tuple(self._reflogs.get(number, ())),
            unreachable=sum(1 for _ in self._unreachable(subject)),
        )

    def _unreachable(self, subject: Subject) -> Iterator[str]:
        for oid in subject.objects("file"):
            if not (oid in self._lineage.met or oid in self._direct or oid in self._around.index):
                yield oid
        yield from (oid for oid in subject.objects("commit") if oid not in self._lineage.reach)
        yield from (oid for oid in subject.objects("tag") if oid not in self._direct)

    def removed(self, number: int, presence: Presence) -> Event | None:
        """Return the newest removal in HEAD's history, or of any branch if HEAD never had it."""
        commits = self._lineage.removed.get(number, [])
        on_line = [commit for commit in commits if commit in self._around.ancestors]
        if not on_line and self._visible_tips(presence):
            return None
        if presence.head or not commits:
            return None
        # Of equal dates the later in the graph.
        return max(map(self._event, reversed(on_line or commits)), key=_instant)

    def exposure(
        self, number: int, introduced: Sequence[Event], presence: Presence, rotated: str
    ) -> Exposure:
        """Return from when to when it was to be read; `rotated` is the date, empty for never."""
        start = introduced[0].date if introduced else ""
        end = self._end(number, presence)
        pushed, evidence = self._pushed(number, presence)
        return Exposure(
            start=start,
            end=end,
            days=self._days(start, end),
            usable_days=self._days(start, rotated),
            pushed=pushed,
            evidence=tuple(evidence),
        )

    def _end(self, number: int, presence: Presence) -> str:
        if presence.head or presence.index or presence.working_tree:
            return ""
        if lost := self._lost.get(number):
            return self._signed(lost)[0]
        removed = self.removed(number, presence)
        return removed.date if removed and not self._visible_tips(presence) else ""

    def _visible_tips(self, presence: Presence) -> bool:
        return any(kind_of(name) in _VISIBLE for name in presence.tips.shown)

    def _days(self, start: str, end: str) -> int | None:
        """Return the days between two dates; without an end, until now."""
        if not start:
            return None
        until = moment(end) if end else self._now
        return max((until - moment(start)).days, 0)

    def _pushed(self, number: int, presence: Presence) -> tuple[str, list[str]]:
        """Say whether others may have it, and what shows that."""
        evidence = [*self._seen_at_remotes(number)]
        if evidence:
            return "yes", evidence
        local = not (presence.refs.count or presence.reflogs or presence.unreachable)
        if local and (presence.working_tree or presence.index):
            return "no", ["it was never committed"]
        if self._around.remotes:
            named = ", ".join(remote.url for remote in self._around.remotes)
            return "possible", [f"no remote-tracking ref reaches it, but there is {named}"]
        if self._around.bare:
            return "possible", ["a bare repository: others may fetch from it"]
        return "no", ["this clone has no remote"]

    def _seen_at_remotes(self, number: int) -> Iterator[str]:
        reaching = self._reaching.get(number, [])
        for kind, noun in (("remote", "remote-tracking ref"), ("pull", "pull ref")):
            names = [name for name in reaching if kind_of(name) == kind]
            if names:
                yield f"{noun} {some(names, _NAMED_AS_EVIDENCE)}"
        for name in self._reflogs.get(number, ()):
            if kind_of(name) == "remote":
                yield f"the reflog of {name}, which has lost it since"
        if any(kind_of(name) in ("branch", "tag") for name in reaching):
            mirrored = (remote for remote in self._around.remotes if remote.mirrored)
            yield from (f"this repository mirrors {remote.url}" for remote in mirrored)

    def _event(self, commit: str, path: str = "") -> Event:
        return Event(commit, *self._signed(commit), path)


def _instant(event: Event) -> tuple[bool, datetime.datetime]:
    """Sort by time, what has no date last."""
    return not event.date, moment(event.date or "9999-12-31")


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts in their order, each once."""
    return tuple(dict.fromkeys(texts))
