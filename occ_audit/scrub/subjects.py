"""One subject for each distinct secret: what the scans of objects and disk found of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.model import Finding, Location, Severity
from occ_audit.secret import Secret

_OTHERS = ("commit", "tag", "name", "path", "ref", "git")


@dataclass(frozen=True, slots=True)
class Subject:
    """A secret with all findings of it; all rules that find the same value are about one secret."""

    secret: Secret
    findings: tuple[Finding, ...]
    """Those of the objects, the gravest first."""
    disk: tuple[Finding, ...]
    """Those of the working trees."""

    @property
    def first(self) -> Finding:
        """The finding that speaks for all."""
        return (*self.findings, *self.disk)[0]

    def objects(self, kind: str) -> frozenset[str]:
        """Return the ids of the objects of a kind (`file`, `commit`, `tag`) that hold it."""
        return frozenset(place.oid for found, place in self._places() if found == kind)

    def names(self, kind: str) -> frozenset[str]:
        """Return the paths (`name`) or refs (`ref`) whose names hold it."""
        places = (place for found, place in self._places() if found == kind)
        return frozenset(origin.path for place in places for origin in place.origins)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that the findings know, in objects and on disk."""
        return tuple(dict.fromkeys(_paths((*self.findings, *self.disk))))

    @property
    def on_disk(self) -> tuple[str, ...]:
        """The paths in working trees."""
        return tuple(sorted(set(_paths(self.disk))))

    def _places(self) -> Iterator[tuple[str, Location]]:
        for finding in self.findings:
            for place in finding.locations:
                kind = place.origins[0].kind if place.origins else ""
                yield kind if kind in _OTHERS else "file", place


def subjects(
    history: Iterable[Finding], disk: Iterable[Finding], lowest: Severity
) -> tuple[list[Subject], int]:
    """Return a subject for each secret of at least that severity, and how many are below it."""
    in_history, on_disk = _by_secret(history), _by_secret(disk)
    found: list[Subject] = []
    below = 0
    for secret in dict.fromkeys((*in_history, *on_disk)):
        of_secret = Subject(secret, _ranked(in_history, secret), _ranked(on_disk, secret))
        if max(one.severity for one in (*of_secret.findings, *of_secret.disk)) >= lowest:
            found.append(of_secret)
        else:
            below += 1
    return found, below


def _by_secret(findings: Iterable[Finding]) -> dict[Secret, list[Finding]]:
    grouped: dict[Secret, list[Finding]] = {}
    for finding in findings:
        if finding.secret and not finding.secret.public:
            grouped.setdefault(finding.secret, []).append(finding)
    return grouped


def _ranked(grouped: Mapping[Secret, Sequence[Finding]], secret: Secret) -> tuple[Finding, ...]:
    found = grouped.get(secret, ())
    return tuple(sorted(found, key=lambda one: (-one.severity, -one.confidence, one.rule_id)))


def _paths(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        for place in finding.locations:
            known = (origin for origin in place.origins if origin.kind != "ref")
            yield from (origin.path for origin in known if origin.path)
