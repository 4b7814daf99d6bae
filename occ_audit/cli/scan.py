"""`occ-audit scan`: read one source, audit it, write the reports, exit."""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from occ_audit import cache, engine, plugins, reports, rules, sources
from occ_audit import config as configuration
from occ_audit.baseline import Baseline
from occ_audit.checks.evidence import EvidenceCheck
from occ_audit.checks.secrets import SecretCheck
from occ_audit.cli import CLEAN, FINDINGS, INCOMPLETE
from occ_audit.cli._output import report_files, write_reports
from occ_audit.cli._progress import progress_bar
from occ_audit.cli._rules_import import warning
from occ_audit.cli._stderr import say
from occ_audit.config import Config
from occ_audit.errors import AuditError
from occ_audit.imports import Refused
from occ_audit.model import Confidence, Finding, Report, Rule, Severity
from occ_audit.reports import RenderOptions
from occ_audit.repository import Repository
from occ_audit.suppress import Suppressor

if TYPE_CHECKING:
    from occ_audit.scanned import Scanned

BASELINE = ".occ-audit-baseline.jsonl"
"""Read from the repository's root when no other is given."""

Function = TypeVar("Function", bound=Callable[..., Any])
_LABELS = click.Choice([severity.label for severity in Severity])
_SURE = click.Choice([confidence.label for confidence in Confidence])
_PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What the user asked of a scan; the names are those of the options."""

    paths: tuple[Path, ...] = ()
    staged: bool = False
    range_: str = ""
    at: str = ""
    history: bool = False
    changed_only: str | None = None
    stdin: bool = False
    stdin_name: str = ""
    include_ignored: bool = False
    only: str | None = None
    rules: tuple[Path, ...] = ()
    config: Path | None = None
    baseline: Path | None = None
    inline_ignores: bool = True
    ledger: bool = True
    """Audit the rotation ledger with the history."""
    explain: bool = False
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    quiet: bool = False
    cache: bool = True

    @property
    def source(self) -> str:
        """The module in `sources/` that reads what was chosen; raises for several choices."""
        chosen = {
            "--staged": self.staged and "index",
            "--range": self.range_ and "commits",
            "--at": self.at and "commit",
            "--history": self.history and "history",
            "--stdin": self.stdin and "stdin",
        }
        given = [option for option, module in chosen.items() if module]
        if len(given) > 1:
            raise click.UsageError(f"{' and '.join(given)} exclude each other: choose one")
        module = str(chosen[given[0]]) if given else "worktree"
        if self.changed_only is not None and module not in ("worktree", "index", "commit"):
            raise click.UsageError(f"{given[0]} and --changed-only exclude each other: choose one")
        return module


def source_options(function: Function) -> Function:
    """Add the options that say what is read and by which rules."""
    for option in reversed(
        [
            click.argument("paths", nargs=-1, type=_PATH),
            click.option("--staged", is_flag=True, help="Read what is staged, not the disk."),
            click.option(
                "--range",
                "range_",
                metavar="A..B",
                default="",
                help="Read what these commits introduce.",
            ),
            click.option(
                "--at", metavar="COMMIT", default="", help="Read the files of this commit."
            ),
            click.option("--history", is_flag=True, help="Read every object of the repository."),
            click.option(
                "--changed-only",
                is_flag=False,
                flag_value="",
                default=None,
                metavar="[BASE]",
                help="Audit evidence only in documents that changed since the merge base with "
                "BASE, and references to what was deleted or renamed.  [default: the remote's "
                "main branch, else the parent commit]",
            ),
            click.option("--stdin", is_flag=True, help="Read one text from standard input."),
            click.option("--stdin-name", metavar="PATH", default="", help="The path of that text."),
            click.option("--include-ignored", is_flag=True, help="Read git-ignored files too."),
            click.option(
                "--only",
                type=click.Choice(["secrets", "evidence"]),
                default=None,
                help="Run one of the two audits.",
            ),
            click.option(
                "--rules",
                multiple=True,
                type=_PATH,
                metavar="PATH",
                help="Add rules from a file or folder.",
            ),
            click.option(
                "--config", type=_PATH, metavar="FILE", help="Use this configuration file."
            ),
            click.option(
                "--baseline",
                type=_PATH,
                metavar="FILE",
                help=f"Known findings.  [default: {BASELINE}, if there]",
            ),
            click.option(
                "--no-inline-ignores",
                "inline_ignores",
                flag_value=False,
                default=True,
                help="Heed no comments in the text.",
            ),
            click.option(
                "--jobs",
                "-j",
                type=click.IntRange(1, 64),
                default=os.cpu_count() or 1,
                show_default="cores",
                help="How many threads scan.",
            ),
            click.option(
                "--no-cache",
                "cache",
                flag_value=False,
                default=True,
                help="Read the whole history, whatever an earlier scan found clean.",
            ),
        ]
    ):
        function = option(function)
    return function


@click.command("scan")
@source_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(reports.names()),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--report",
    "files",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Also write this file; repeatable.",
)
@click.option(
    "--min-severity", type=_LABELS, default="info", show_default=True, help="Show no less."
)
@click.option(
    "--min-confidence",
    type=_SURE,
    default="possible",
    show_default=True,
    help="Show what is no less sure.",
)
@click.option(
    "--fail-on",
    type=_LABELS,
    default="medium",
    show_default=True,
    help="End with 1 from this severity on.",
)
@click.option(
    "--explain", is_flag=True, help="Show every candidate and what each check said of it."
)
@click.option("--show-secrets", is_flag=True, help="Put the secrets into JSON and JSONL.")
@click.option("--allow-incomplete", is_flag=True, help="End with 0 though not all could be read.")
@click.option("--exit-zero", is_flag=True, help="End with 0 in spite of findings.")
@click.option("--quiet", "-q", is_flag=True, help="One line a finding, no progress.")
@click.option("--verbose", "-v", is_flag=True, help="Say why, show fingerprints and all places.")
def scan_command(
    format_: str,
    files: tuple[str, ...],
    min_severity: str,
    min_confidence: str,
    fail_on: str,
    explain: bool,
    show_secrets: bool,
    allow_incomplete: bool,
    exit_zero: bool,
    quiet: bool,
    verbose: bool,
    **chosen: Any,
) -> int:
    """Look for secrets and missing evidence in PATHS (default: here).

    Without a choice of source, the working tree of the repository around the path is read:
    tracked and untracked files, not the ignored ones. A plain folder works as well.

    Exit codes: 0 clean, 1 findings, 2 a mistake in the call or the configuration, 3 a scan that
    could not be completed.
    """
    options = ScanOptions(**chosen, quiet=quiet, explain=explain)
    written = report_files(files)
    config, report = run_scan(options)
    shown = RenderOptions(
        show_secrets=show_secrets,
        min_severity=Severity.parse(min_severity),
        min_confidence=Confidence[min_confidence.upper()],
        verbosity=verbose - quiet,
        explain=explain,
        salt=engine.salt_of(config),
    )
    write_reports(report, format_, written, shown)
    return _exit_code(report, Severity.parse(fail_on), allow_incomplete, exit_zero)


def _exit_code(report: Report, fail_on: Severity, allow_incomplete: bool, exit_zero: bool) -> int:
    failing = any(
        finding.severity >= fail_on and not finding.suppression for finding in report.findings
    )
    if failing and not exit_zero:
        return FINDINGS
    return CLEAN if report.complete or allow_incomplete else INCOMPLETE


def run_scan(options: ScanOptions) -> tuple[Config, Report]:
    """Do what the options ask for; return the configuration that held, and the report."""
    module = options.source
    paths = tuple(_resolved(path, at=options.at) for path in options.paths or (Path(),))
    repository = Repository.discover(_folder(paths[0]))
    root = repository.root if repository else _folder(paths[0])
    config, known = _configured(root, options)
    chosen = [rule for rule in known if rule.enabled and rule.id not in config.disable]
    remembered = _remembered(repository, chosen, config, options)
    learned = contextlib.closing(remembered) if remembered else contextlib.nullcontext()
    with progress_bar(quiet=options.quiet) as progress, learned:
        request = sources.Request(
            paths=paths,
            repository=repository,
            config=config,
            include_ignored=options.include_ignored,
            range=options.range_,
            at=options.at,
            since=options.changed_only,
            stdin=lambda: sys.stdin.buffer.read(),
            stdin_name=options.stdin_name,
            scanned=remembered,
        )
        evidence = EvidenceCheck(chosen, config)
        source = plugins.load(sources, module).open_source(request)
        dropped: list[Finding] | None = [] if options.explain else None
        witness = None if dropped is None else dropped.append
        secrets = SecretCheck(chosen, cache.folder(), witness)
        plan = engine.Plan(
            source=source,
            rules=chosen,
            config=config,
            suppressor=_suppressor(root, config, options),
            secrets=functools.partial(secrets.findings, skip=source.coverage.skip),
            note=remembered.note if remembered else None,
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


def _remembered(
    repository: Repository | None, chosen: Sequence[Rule], config: Config, options: ScanOptions
) -> Scanned | None:
    """Return what earlier scans of the history learned, where this is one and may use it."""
    wanted = options.history and options.cache and options.only != "evidence"
    if repository is None or not wanted or options.explain:  # a clean object has candidates, too
        return None
    from occ_audit import scanned  # a hook has no use for SQLite

    scanned.forget_oldest()
    file = scanned.file_of(repository.common_dir)
    return scanned.Scanned(file, scanned.key_of(chosen, config.max_bytes), say)


def _claims(
    evidence: EvidenceCheck, chosen: Sequence[Rule], options: ScanOptions
) -> Iterator[engine.ClaimCheck]:
    if options.only != "secrets":
        yield evidence.claims
    if options.history and options.ledger:
        from occ_audit.scrub import rotation_check  # the hook does without

        yield functools.partial(rotation_check.findings, chosen)


def _configured(root: Path, options: ScanOptions) -> tuple[Config, tuple[Rule, ...]]:
    """Return the configuration and all rules, the project's own and the user's among them."""
    file = configuration.find(root, options.config)
    config = configuration.load(file) if file else Config()
    beside = [Path(config.path).parent / name for name in config.rules]
    refused: list[Refused] = []
    known = rules.load([*beside, *options.rules], refuse=refused.append)
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
    baseline = Baseline.read(file) if file.is_file() else None
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
