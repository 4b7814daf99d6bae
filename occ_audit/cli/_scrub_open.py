"""What `occ-audit scrub report|plan|verify` begin with: a repository, its rules, and its scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from occ_audit.cli._scan_options import ScanOptions
from occ_audit.errors import AuditError

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.checks._decoded import Skip
    from occ_audit.checks.secrets import SecretCheck
    from occ_audit.model import Batch, Location, Report, Rule
    from occ_audit.repository import Repository
    from occ_audit.secret import Secret
    from occ_audit.settings import Config


@dataclass(frozen=True, slots=True)
class Opened:
    """A repository, and how secrets are found in it."""

    repository: Repository
    config: Config
    rules: tuple[Rule, ...]
    check: SecretCheck
    jobs: int
    options: ScanOptions
    """Of a scan for secrets, each of which is a finding of its own."""

    def scan(self, folder: Path, *, history: bool) -> Report:
        """Scan every object of the repository, or the files of one of its working trees."""
        from occ_audit.cli._scan_run import run_scan

        return run_scan(self.options._replace(paths=(folder,), history=history))[1]

    def candidates(self, batch: Batch, skip: Skip) -> Iterator[tuple[Secret, Location, bool]]:
        """Yield all that a rule's pattern matches, and whether the validators keep it."""
        yield from ((one.secret, place, one.keep) for one, place in self.check.explain(batch))
        for finding in self.check.findings(batch, skip):  # these are decoded and unpacked, too
            if finding.secret:
                yield finding.secret, finding.locations[0], True


def open_repository(
    path: Path,
    rule_files: Sequence[Path],
    config: Path | None,
    jobs: int,
    baseline: Path | None = None,
) -> Opened:
    """Open the repository at `path` with its configuration and rules."""
    from occ_audit import cache, rules
    from occ_audit import config as configuration
    from occ_audit.checks.secrets import SecretCheck
    from occ_audit.repository import Repository

    repository = Repository.discover(path) if path.is_dir() else None
    if repository is None:
        raise AuditError(
            "this is no git repository", where=str(path), mend="Name the folder of a repository."
        )
    known = configuration.for_root(repository.root, config)
    named = rules.load([*configuration.rule_files(known), *rule_files])
    chosen = tuple(rule for rule in named if rule.enabled)
    options = ScanOptions(
        only="secrets",
        rules=tuple(rule_files),
        config=config,
        baseline=baseline,
        ledger=False,
        crowds=False,
        jobs=jobs,
    )
    check = SecretCheck(chosen, cache.folder())
    return Opened(repository, known, chosen, check, jobs, options)
