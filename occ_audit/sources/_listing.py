"""Contents that a listing of git names: one object may have many paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from occ_audit.model import Finding, Location, Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Listed

SUBMODULE = "160000"


def paths_by_oid(
    rows: Iterable[Listed], kind: str, excluded: Callable[[str], bool], coverage: Coverage
) -> dict[str, list[str]]:
    """Return the paths of each object; what is left out is reported with this kind of origin."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.mode == SUBMODULE:
            reason = "submodule: a repository of its own, scan it as such"
        elif excluded(row.path):
            reason = "excluded by the configuration"
        else:
            found[row.oid].append(row.path)
            continue
        coverage.skip(Origin(kind, row.path), reason, requested=True)
    return found


def with_all_paths(
    findings: Sequence[Finding], kind: str, paths: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """Name every path of a content; what was found in a path, or in a document, stays."""

    def located(place: Location) -> Location:
        if place.origins[0].kind != kind or place.oid not in paths:
            return place
        known = paths[place.oid]
        member = place.origins[0].path.removeprefix(known[0])  # `!member` within an archive
        return replace(place, origins=tuple(Origin(kind, path + member) for path in known))

    return [
        replace(finding, locations=tuple(map(located, finding.locations))) for finding in findings
    ]
