"""Does what the options of a scan ask for; the one place that puts an audit together."""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from occ_audit import cache, engine, plugins, rules, sources
from occ_audit import config as configuration
from occ_audit.checks import bearing
from occ_audit.checks.secrets import SecretCheck
from occ_audit.cli._progress import progress_bar
from occ_audit.cli._scan_options import BASELINE, ScanOptions
from occ_audit.cli._stderr import say
from occ_audit.errors import AuditError
from occ_audit.imports import Refused
from occ_audit.memory import OnDemand
from occ_audit.model import Finding, Report, Rule
from occ_audit.plan import ClaimCheck, Plan
from occ_audit.repository import Repository
from occ_audit.settings import Config
from occ_audit.suppress import Suppressor

if TYPE_CHECKING:
    from occ_audit.checks.evidence import EvidenceCheck
    from occ_audit.reading import Coverage, Tree
    from occ_audit.scanned import Scanned


class _Evidence:
    """The evidence audit, loaded where there is anything to audit: a hook may do without."""

    def __init__(self, chosen: Sequence[Rule], config: Config) -> None:
        self._chosen, self._config = chosen, config

    @functools.cached_property
    def _check(self) -> EvidenceCheck:
        from occ_audit.checks.evidence import EvidenceCheck

        return EvidenceCheck(self._chosen, self._config)

    def findings(self, tree: Tree, coverage: Coverage) -> Iterable[Finding]:
        """Return what is wrong with what documents cite, and with the tree."""
        if not bearing.anything(tree, self._config):
            return ()
        return self._check.findings(tree, coverage)

    def claims(
        self, tree: Tree, findings: Iterable[Finding], coverage: Coverage
    ) -> Iterable[Finding]:
        """Return the sentences that the secrets of this scan refute."""
        return self._check.claims(tree, findings, coverage)


def run_scan(options: ScanOptions) -> tuple[Config, Report]:
    """Do what the options ask for; return the configuration that held, and the report."""
    module = options.source
    paths = tuple(_resolved(path, at=options.at or "") for path in options.paths or (Path(),))
    repository = Repository.discover(_folder(paths[0]))
    root = repository.root if repository else _folder(paths[0])
    config, known = _configured(root, options)
    chosen = [rule for rule in known if rule.enabled and rule.id not in config.disable]
    with progress_bar(quiet=options.quiet) as progress, contextlib.ExitStack() as learned:
        remembered = _remembered(repository, chosen, config, options)
        memory = remembered or _on_demand(repository, options)
        if memory:
            learned.callback(memory.close)
        request = sources.Request(
            paths=paths,
            repository=repository,
            config=config,
            include_ignored=options.include_ignored,
            range=options.range_ or "",
            at=options.at or "",
            since=options.changed_only,
            stdin=_standard_input,
            stdin_name=options.stdin_name,
            scanned=remembered,
            memory=memory,
        )
        evidence = _Evidence(chosen, config)
        source = plugins.load(sources, module).open_source(request)
        dropped: list[Finding] | None = [] if options.explain else None
        witness = None if dropped is None else dropped.append
        secrets = SecretCheck(chosen, cache.folder(), witness)
        plan = Plan(
            source=source,
            rules=chosen,
            config=config,
            suppressor=_suppressor(root, config, options),
            secrets=functools.partial(secrets.findings, skip=source.coverage.skip),
            note=remembered.note if remembered else None,
            memory=remembered,
            crowds=options.crowds,
            seek_secrets=options.only != "evidence",
            evidence=evidence.findings if options.only != "secrets" else None,
            claims=tuple(_claims(evidence, chosen, options)),
            jobs=options.jobs,
            inline_comments=options.inline_ignores,
            progress=progress,
            dropped=dropped,
            facts=_facts(repository, options),
        )
        return config, engine.audit(plan)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise AuditError(
            "standard input is closed", where="--stdin", mend="Hand the text to it, or a file."
        )
    return sys.stdin.buffer.read()


def _remembered(
    repository: Repository | None, chosen: Sequence[Rule], config: Config, options: ScanOptions
) -> Scanned | None:
    """Return what earlier scans of the history learned, where this is one and may use it."""
    wanted = options.history and options.cache
    if repository is None or not wanted or options.explain:  # a clean object has candidates, too
        return None
    from occ_audit import scanned

    return _opened(repository, scanned.key_of(chosen, config.max_bytes))


def _on_demand(repository: Repository | None, options: ScanOptions) -> OnDemand | None:
    """Return what is known of the history behind a tree; a hook without findings asks nothing."""
    if repository is None or not options.cache or options.history:
        return None
    return OnDemand(functools.partial(_opened, repository))


def _opened(repository: Repository, key: str = "") -> Scanned:
    from occ_audit import scanned  # a hook has no use for SQLite

    scanned.forget_oldest()
    return scanned.Scanned(scanned.file_of(repository.common_dir), key, say)


def _claims(
    evidence: _Evidence, chosen: Sequence[Rule], options: ScanOptions
) -> Iterator[ClaimCheck]:
    if options.only != "secrets":
        yield evidence.claims
    if options.history and options.ledger:
        from occ_audit.scrub import rotation_check  # the hook does without

        yield functools.partial(rotation_check.findings, chosen)


def _configured(root: Path, options: ScanOptions) -> tuple[Config, tuple[Rule, ...]]:
    """Return the configuration and all rules, the project's own and the user's among them."""
    config = configuration.for_root(root, options.config)
    refused: list[Refused] = []
    known = rules.load([*configuration.rule_files(config), *options.rules], refuse=refused.append)
    if refused:
        from occ_audit.cli._rules_import import warning

        if told := warning(refused):
            say(told)
    configuration.check_rule_ids(config, {rule.id for rule in known})
    return config, known


def _suppressor(root: Path, config: Config, options: ScanOptions) -> Suppressor:
    file = options.baseline or root / BASELINE
    if options.baseline and not file.is_file():
        raise AuditError(
            "there is no such baseline",
            where=str(file),
            mend="Write one with `occ-audit baseline write`.",
        )
    baseline = None
    if file.is_file():
        from occ_audit.baseline import Baseline

        baseline = Baseline.read(file)
    return Suppressor(config, baseline, datetime.date.today(), root)


def _facts(repository: Repository | None, options: ScanOptions) -> dict[str, object]:
    """Return what SARIF calls the version control provenance; a hook needs none."""
    if repository is None or options.staged or options.stdin:
        return {}
    return {
        "uri": repository.origin_url(),
        "revision": repository.commit(options.at) if options.at else repository.head,
        "branch": "" if options.at else repository.branch(),
    }


def _folder(path: Path) -> Path:
    """Return the path, or the nearest folder above it that is there."""
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), path)


def _resolved(path: Path, *, at: str) -> Path:
    """Resolve a folder, but not a file's name: a link to a file is audited itself.

    What is no longer on disk may still be in the commit `at`.
    """
    if not at and not os.path.lexists(path):
        raise AuditError("no such file or folder", where=str(path), mend="Check the path.")
    path = path.absolute()
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
