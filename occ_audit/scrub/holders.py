"""The objects of a history that hold a secret which is to leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from occ_audit.model import Batch, Finding, Location, Origin, Severity
from occ_audit.reading import Progress
from occ_audit.repository import Repository
from occ_audit.scrub import _read
from occ_audit.scrub.literals import Literals
from occ_audit.secret import Secret
from occ_audit.settings import Config
from occ_audit.sources import Request, history

Check = Callable[[Batch], Iterable[Finding]]

_TEXTS = ("commit", "tag")
_NAMES = ("path", "name", "ref")


@dataclass(frozen=True, slots=True)
class Work:
    """What the plan is made from."""

    repository: Repository
    config: Config
    check: Check
    """Finds secrets; the one of the scan."""
    jobs: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Place:
    """An object that holds a secret."""

    kind: str
    path: str = ""
    paths: frozenset[str] = frozenset()
    reached_by: str = ""
    in_head: bool = False
    texts: frozenset[bytes] = frozenset()
    """The literals that stand in it."""


def holding(
    work: Work, chosen: Sequence[Finding], spellings: Mapping[bytes, Secret]
) -> dict[str, Place]:
    """Return the objects in which a rule found a secret, or a spelling of one stands."""
    request = Request((work.repository.root,), work.repository, work.config)
    source = history.open_source(request)
    partitions = source.objects(work.jobs)
    literals = Literals(spellings)

    def look(batch: Batch) -> Iterator[tuple[str, str, bytes]]:
        for one in literals.find(batch):
            yield one.content.oid, one.content.origin.kind, one.text

    kinds = {
        place.oid: kind if (kind := place.origins[0].kind) in _TEXTS else "blob"
        for finding in chosen
        for place in finding.locations
        if place.oid and place.origins[0].kind not in _NAMES
    }
    texts: dict[str, set[bytes]] = {}
    for oid, kind, text in _read.everything(partitions, work.jobs, look):
        kinds[oid] = kind
        texts.setdefault(oid, set()).add(text)
    asked = [_as_finding(oid, kind) for oid, kind in sorted(kinds.items())]
    found = source.attribute(asked, work.progress)
    return {
        finding.fingerprint: _place(finding, kinds, texts.get(finding.fingerprint, set()))
        for finding in found
    }


def _as_finding(oid: str, kind: str) -> Finding:
    """Return an object as a finding, so that the source says where it is."""
    place = Location(oid, 0, 0, 1, 1, 1, 1, "", (Origin(kind),))
    return replace(_NOTHING, locations=(place,), fingerprint=oid)


_NOTHING = Finding("", Severity.INFO, "", ())


def _place(finding: Finding, kinds: Mapping[str, str], texts: set[bytes]) -> Place:
    paths = [origin.path for place in finding.locations for origin in place.origins]
    return Place(
        kind=kinds[finding.fingerprint],
        path=next(filter(None, paths), ""),
        paths=frozenset(paths),
        reached_by=str(finding.properties.get("reached_by", "")),
        in_head=finding.properties.get("in_head") is True,
        texts=frozenset(texts),
    )
