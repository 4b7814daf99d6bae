"""The facts of each secret: who brought it in, who took it out, where it still is, who saw it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from occ_audit.checks.composite import opened
from occ_audit.liveness import Checked, State
from occ_audit.model import Rule
from occ_audit.repository import Repository
from occ_audit.scrub import reach
from occ_audit.scrub.lineage import Asked, Lineage
from occ_audit.scrub.report import Event, Exposure, Names, Presence, Rotated, ScrubRow
from occ_audit.scrub.subjects import Subject
from occ_audit.scrub.surroundings import Surroundings, kind_of
from occ_audit.sources._facts import directly_named, signatures
from occ_audit.wording import some

REFS_SHOWN = 20
PATHS_SHOWN = 50
EVENTS_SHOWN = 20
"""So many of each are named for one secret; how many there are is always said."""

_VISIBLE = ("branch", "remote", "pull")
"""What ends the exposure of a secret that the main line never had: it is at no tip of these."""
_NAMED_AS_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows are made from, beside the repository."""

    rules: Mapping[str, Rule]
    rotations: Mapping[str, Rotated]
    """By fingerprint."""
    key: bytes
    """Of the digests."""
    now: datetime.datetime
    ask: Callable[[Subject], Checked | None]
    """Asks a vendor whether a secret still works; None where nobody is asked."""


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


def rows(
    repository: Repository,
    subjects: Sequence[Subject],
    lineage: Lineage,
    around: Surroundings,
    known: Known,
) -> Iterator[ScrubRow]:
    """Yield a row for each subject, in the same order."""
    facts = _Facts(repository, subjects, lineage, around, known)
    yield from (facts.row(number) for number in range(len(subjects)))


def _by_object(subjects: Iterable[Subject], kind: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, subject in enumerate(subjects):
        for oid in subject.objects(kind):
            found.setdefault(oid, set()).add(number)
    return {oid: frozenset(numbers) for oid, numbers in found.items()}


class _Facts:
    """Answers for one secret at a time what was asked of git for all."""

    def __init__(
        self,
        repository: Repository,
        subjects: Sequence[Subject],
        lineage: Lineage,
        around: Surroundings,
        known: Known,
    ) -> None:
        self._around = around
        self._subjects = subjects
        self._lineage = lineage
        self._known = known
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

    def row(self, number: int) -> ScrubRow:
        """Return all that is known of one secret."""
        subject, lineage = self._subjects[number], self._lineage
        introduced = self._introduced(number)
        presence = self._presence(number)
        removed = self._removed(number, presence)
        suppression = _suppression(subject)
        liveness = None if suppression else self._known.ask(subject)
        rotation = self._rotation(subject, liveness)
        last = lineage.last.get(number)
        first = subject.first
        rule = self._known.rules.get(first.rule_id)
        advice = rule.rotate if rule else None
        own = _texts(first.properties.get("next_step"))
        oids = {kind: subject.objects(kind) for kind in ("file", "commit", "tag")}
        paths = (*lineage.paths.get(number, ()), *subject.paths)
        return ScrubRow(
            fingerprint=first.fingerprint,
            fingerprints=_unique(one.fingerprint for one in (*subject.findings, *subject.disk)),
            rule_id=first.rule_id,
            rule_name=rule.name if rule else first.rule_id,
            vendor=rule.vendor if rule else "",
            severity=first.severity,
            confidence=first.confidence,
            message=first.message,
            mask=subject.secret.mask,
            digest=subject.secret.digest(self._known.key),
            proof="; ".join(_texts(first.properties.get("proof"))),
            opens=tuple(opened((*subject.findings, *subject.disk))),
            suppression=suppression,
            paths=Names.of(_unique(paths), PATHS_SHOWN),
            texts=tuple(_in_texts(subject)),
            commits=lineage.commits[number],
            objects=sum(map(len, oids.values())),
            introduced=introduced[:EVENTS_SHOWN],
            introduced_count=len(introduced),
            authors=_unique(event.author for event in introduced if event.author),
            last=self._event(last) if last else None,
            removed=removed,
            presence=presence,
            exposure=self._exposure(number, introduced, presence, removed, rotation),
            rotation=rotation,
            liveness=liveness,
            advice="; ".join(own) or (advice.advice if advice else ""),
            url=advice.url if advice else "",
            command=advice.command if advice else "",
        )

    def _introduced(self, number: int) -> tuple[Event, ...]:
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

    def _presence(self, number: int) -> Presence:
        subject, around = self._subjects[number], self._around
        reaching = self._reaching.get(number, [])
        files = subject.objects("file")
        messages = subject.objects("commit")
        head = around.refs.get("HEAD")
        in_files = head is not None and number in self._lineage.holds.get(head.peeled, ())
        return Presence(
            working_tree=subject.on_disk,
            index=_unique(path for oid in files for path in around.index.get(oid, ())),
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

    def _removed(self, number: int, presence: Presence) -> Event | None:
        """Return the newest removal in HEAD's history, or of any branch if HEAD never had it."""
        commits = self._lineage.removed.get(number, [])
        on_line = [commit for commit in commits if commit in self._around.ancestors]
        if not on_line and self._visible_tips(presence):
            return None
        if presence.head or not commits:
            return None
        # Of equal dates the later in the graph.
        return max(map(self._event, reversed(on_line or commits)), key=_instant)

    def _exposure(
        self,
        number: int,
        introduced: Sequence[Event],
        presence: Presence,
        removed: Event | None,
        rotation: Rotated | None,
    ) -> Exposure:
        start = introduced[0].date if introduced else ""
        end = self._end(number, presence, removed)
        pushed, evidence = self._pushed(number, presence)
        rotated = rotation.date if rotation and not rotation.problem else ""
        return Exposure(
            start=start,
            end=end,
            days=self._days(start, end),
            usable_days=self._days(start, rotated),
            pushed=pushed,
            evidence=tuple(evidence),
        )

    def _end(self, number: int, presence: Presence, removed: Event | None) -> str:
        if presence.head or presence.index or presence.working_tree:
            return ""
        if lost := self._lost.get(number):
            return self._signed(lost)[0]
        return removed.date if removed and not self._visible_tips(presence) else ""

    def _visible_tips(self, presence: Presence) -> bool:
        return any(kind_of(name) in _VISIBLE for name in presence.tips.shown)

    def _days(self, start: str, end: str) -> int | None:
        """Return the days between two dates; without an end, until now."""
        if not start:
            return None
        until = moment(end) if end else self._known.now
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

    def _rotation(self, subject: Subject, liveness: Checked | None) -> Rotated | None:
        """Return what the ledger says; a secret that still works was not rotated."""
        found = [
            self._known.rotations[one.fingerprint]
            for one in (*subject.findings, *subject.disk)
            if one.fingerprint in self._known.rotations
        ]
        if not found:
            return None
        best = max(found, key=lambda one: (not one.problem, one.date))
        works = liveness is not None and liveness.state is State.LIVE
        return replace(best, problem="the secret still works") if works else best

    def _event(self, commit: str, path: str = "") -> Event:
        return Event(commit, *self._signed(commit), path)


def moment(date: str) -> datetime.datetime:
    """Return a date or a time in ISO 8601 as a point in time; without a zone it is UTC."""
    found = datetime.datetime.fromisoformat(date)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _instant(event: Event) -> tuple[bool, datetime.datetime]:
    """Sort by time, what has no date last."""
    return not event.date, moment(event.date or "9999-12-31")


def _suppression(subject: Subject) -> str:
    """Return why all findings are said to be no leak; a baseline only says that they are known."""
    reasons = [
        one.suppression and one.suppression.kind != "baseline" and one.suppression
        for one in (*subject.findings, *subject.disk)
    ]
    if not all(reasons):
        return ""
    said = (f"{one.kind}: {one.reason or 'no reason given'}" for one in reasons if one)
    return "; ".join(dict.fromkeys(said))


def _in_texts(subject: Subject) -> Iterator[str]:
    for kind in ("commit", "tag"):
        yield from (f"message of {kind} {oid}" for oid in sorted(subject.objects(kind)))
    yield from (f"name of {name}" for name in sorted(subject.names("ref")))
    yield from (f"name of {name}" for name in sorted(subject.names("name")))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _texts(value: object) -> list[str]:
    """Return a property as texts, whatever its shape."""
    if not value:
        return []
    if isinstance(value, list | tuple):
        return [str(inner) for inner in value]
    return [str(value)]
