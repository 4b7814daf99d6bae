"""The rows of a scrub report: what history, rules, ledger and vendors say of each secret."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from occ_audit.checks.composite import opened
from occ_audit.liveness import Checked, State
from occ_audit.model import Rule
from occ_audit.reports._view import texts
from occ_audit.repository import Repository
from occ_audit.scrub.exposure import History, unique
from occ_audit.scrub.lineage import Lineage
from occ_audit.scrub.report import Names, Rotated, ScrubRow
from occ_audit.scrub.subjects import Subject
from occ_audit.scrub.surroundings import Surroundings

PATHS_SHOWN = 50
EVENTS_SHOWN = 20
"""So many of each are named for one secret; how many there are is always said."""


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


def rows(
    repository: Repository,
    subjects: Sequence[Subject],
    lineage: Lineage,
    around: Surroundings,
    known: Known,
) -> Iterator[ScrubRow]:
    """Yield a row for each subject, in the same order."""
    history = History(repository, subjects, lineage, around, known.now)
    for number, subject in enumerate(subjects):
        yield _row(number, subject, lineage, history, known)


def _row(
    number: int, subject: Subject, lineage: Lineage, history: History, known: Known
) -> ScrubRow:
    introduced = history.introduced(number)
    presence = history.presence(number)
    suppression = _suppression(subject)
    liveness = None if suppression else known.ask(subject)
    rotation = _rotation(subject, liveness, known.rotations)
    rotated = rotation.date if rotation and not rotation.problem else ""
    first = subject.first
    rule = known.rules.get(first.rule_id)
    advice = rule.rotate if rule else None
    own = texts(first.properties.get("next_step"))
    oids = {kind: subject.objects(kind) for kind in ("file", "commit", "tag")}
    paths = (*lineage.paths.get(number, ()), *subject.paths)
    return ScrubRow(
        fingerprint=first.fingerprint,
        fingerprints=unique(one.fingerprint for one in (*subject.findings, *subject.disk)),
        rule_id=first.rule_id,
        rule_name=rule.name if rule else first.rule_id,
        vendor=rule.vendor if rule else "",
        severity=first.severity,
        confidence=first.confidence,
        message=first.message,
        mask=subject.secret.mask,
        digest=subject.secret.digest(known.key),
        proof="; ".join(texts(first.properties.get("proof"))),
        opens=tuple(opened((*subject.findings, *subject.disk))),
        suppression=suppression,
        paths=Names.of(unique(paths), PATHS_SHOWN),
        texts=tuple(_in_texts(subject)),
        commits=lineage.commits[number],
        objects=sum(map(len, oids.values())),
        introduced=introduced[:EVENTS_SHOWN],
        introduced_count=len(introduced),
        authors=unique(event.author for event in introduced if event.author),
        last=history.last(number),
        removed=history.removed(number, presence),
        presence=presence,
        exposure=history.exposure(number, introduced, presence, rotated),
        rotation=rotation,
        liveness=liveness,
        advice="; ".join(own) or (advice.advice if advice else ""),
        url=advice.url if advice else "",
        command=advice.command if advice else "",
    )


def _rotation(
    subject: Subject, liveness: Checked | None, rotations: Mapping[str, Rotated]
) -> Rotated | None:
    """Return what the ledger says; a secret that still works was not rotated."""
    found = [
        rotations[one.fingerprint]
        for one in (*subject.findings, *subject.disk)
        if one.fingerprint in rotations
    ]
    if not found:
        return None
    best = max(found, key=lambda one: (not one.problem, one.date))
    works = liveness is not None and liveness.state is State.LIVE
    return replace(best, problem="the secret still works") if works else best


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
