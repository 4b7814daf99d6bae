"""Says of objects with findings which commit introduced them, when, where, what reaches them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace

from occ_audit.model import Finding, Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.scanned import Scanned
from occ_audit.sources._appearances import Asked
from occ_audit.sources._facts import Facts
from occ_audit.sources._objects import MISSING
from occ_audit.sources._walk import OBJECTS, Walk

_QUESTION = "unreachable"


class Attribution:
    """Walks the history in a process of its own from the moment that it is made."""

    def __init__(
        self,
        repository: Repository,
        coverage: Coverage,
        walk: Sequence[str] = (),
        scanned: Scanned | None = None,
    ) -> None:
        """Walk the commits that the arguments `walk` select; without them, all that git knows."""
        self._repository = repository
        self._coverage = coverage
        self._everything = not walk
        self.refs = repository.refs()
        # Where a clone ends, a commit shows other parents once more was fetched.
        self._memory = None if walk or repository.shallow_boundary else scanned
        self._walk = Walk(repository, coverage, self.refs, walk, self._memory)

    def introduced(self) -> list[tuple[str, str]]:
        """Wait for the walk; return what it met, trees and commits too, each with its path."""
        return self._walk.introduced()

    def commits(self) -> frozenset[str]:
        """Wait for the walk; return the commits that it met."""
        return frozenset(commit.decode() for commit in self._walk.reachable())

    def paths(self) -> Iterator[tuple[str, str]]:
        """Wait for the walk; yield every path that it met, once, with an object that had it."""
        return self._walk.paths()

    def attribute(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings with origins, and with what is known of their first appearance."""
        found = frozenset(place.oid for finding in findings for place in finding.locations)
        wanted = found - {""}  # of what is no object, such as a file of git's own
        places = (place for finding in findings if finding.secret for place in finding.locations)
        named = dict.fromkeys(place.oid for place in places if place.origins[0].kind == "path")
        origins = self._walk.origins(wanted, list(named))
        met = frozenset(origins)
        if self._everything:
            self._report_missing_refs()
            origins |= self._unreachable_origins(wanted - met)
            origins |= self._staged_origins(wanted - origins.keys())
        commits = self._coverage.counts.get("commits", 0)
        history = Asked(
            self._repository, self.refs, self._walk.brought_in, self._walk.tips, self._memory
        )
        facts = Facts(history, origins, met, commits)
        return [facts.attributed(finding) for finding in findings]

    def _report_missing_refs(self) -> None:
        for name, ref in self.refs.items():
            if ref.kind == "missing":
                reason = "names a missing object: this clone does not hold it"
                self._coverage.skip(Origin("ref", name), reason)

    def _unreachable_origins(self, wanted: frozenset[str]) -> dict[str, Origin]:
        """Ask the commits that no ref and no reflog reaches; what is in none stands alone."""
        if not wanted:
            return {}
        counts = self._coverage.counts
        there = counts.get("objects", 0) + counts.get("known_clean_objects", 0)
        about = [*sorted(self._walk.tips), str(there), *sorted(wanted)]
        said = self._memory.recall(_QUESTION, about) if self._memory else None
        if said is None:
            commits = self._unreachable_commits()
            origins, missing = self._held_by(commits, wanted) if commits else ({}, [])
            count = len(commits)
            if self._memory and self._walk.tips:
                holders = sorted({origin.commit for origin in origins.values()})
                self._memory.remember(_QUESTION, about, [str(count), " ".join(missing), *holders])
        else:
            count, missing = int(said[0]), said[1].split()
            origins, _ = self._held_by(said[2:], wanted) if said[2:] else ({}, [])
        self._coverage.count(commits=count)
        for oid in missing:
            self._coverage.skip(Origin("object", commit=oid), MISSING)
        return origins

    def _held_by(
        self, commits: Sequence[str], wanted: frozenset[str]
    ) -> tuple[dict[str, Origin], list[str]]:
        """Return in which of the commits objects are, and what is missing of their trees."""
        # Their parents may be gone already, so each is asked for itself.
        asked = "".join(f"{commit}\n" for commit in commits).encode()
        with tempfile.TemporaryFile() as found:
            process = self._repository.start(*OBJECTS, "--no-walk", "--stdin", stdout=found)
            process.communicate(asked)
            found.seek(0)
            origins, _, missing = self._walk.read(found, wanted)
        return origins, sorted(missing)

    def _unreachable_commits(self) -> list[str]:
        described = "--batch-check=%(objecttype) %(objectname)"
        listing = self._repository.run(
            "cat-file", "--batch-all-objects", described, "--unordered"
        )  # in the order of ids it takes several times as long
        reachable = self._walk.reachable()
        commits = (row[7:] for row in listing.splitlines() if row.startswith(b"commit "))
        return sorted(commit.decode() for commit in commits if commit not in reachable)

    def _staged_origins(self, wanted: frozenset[str]) -> dict[str, Origin]:
        """Ask the indexes, of linked worktrees too, for what was staged and never committed."""
        if not wanted:
            return {}
        common = self._repository.common_dir
        found: dict[str, Origin] = {}
        for index in (common / "index", *sorted(common.glob("worktrees/*/index"))):
            if index.is_file():
                for row in replace(self._repository, index_file=str(index)).ls_index():
                    if row.oid in wanted:
                        found.setdefault(row.oid, Origin("index", row.path))
        return found
