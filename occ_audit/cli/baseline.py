"""`occ-audit baseline write|prune`: accepts what is found today, so that only new things fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occ_audit.cli._names import shown_name
from occ_audit.cli._options import CONFIG, RULES, SEVERITIES
from occ_audit.model import Severity, Suppression
from occ_audit.wording import plural

if TYPE_CHECKING:
    from occ_audit.model import Finding, Report

_PATH = click.argument(
    "path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
_FILE = click.option(
    "--baseline",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The baseline file; .occ-audit-baseline.jsonl at the repository's root if not given.",
)
_HISTORY = click.option(
    "--history", is_flag=True, help="Scan every object of the repository, not the working tree."
)
_INCOMPLETE = click.option(
    "--allow-incomplete", is_flag=True, help="Go on if something could not be scanned."
)


@click.group("baseline")
def baseline_command() -> None:
    """Accept the findings of today, so that only new ones fail."""


@baseline_command.command("write")
@_PATH
@_FILE
@_HISTORY
@click.option(
    "--min-severity",
    type=SEVERITIES,
    default=Severity.MEDIUM.label,
    show_default=True,
    help="Leave out what is less severe.",
)
@click.option("--reason", default="", help="Why the new entries are accepted.")
@click.option("--owner", default="", help="Who answers for the new entries.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which the new entries hold, YYYY-MM-DD.",
)
@CONFIG
@RULES
@_INCOMPLETE
@click.pass_context
def write_command(
    context: click.Context,
    path: Path,
    file: Path | None,
    history: bool,
    min_severity: str,
    reason: str,
    owner: str,
    expires: object,
    config: Path | None,
    rules: tuple[Path, ...],
    allow_incomplete: bool,
) -> None:
    """Accept what a scan finds in the repository around PATH.

    Entries that are in the baseline already stay as they are.
    """
    from occ_audit import baseline

    report = _scan(path, history, config, rules)
    file = file or Path(report.root, baseline.FILE_NAME)
    previous = baseline.Baseline.read(file) if file.exists() else None
    least = Severity.parse(min_severity)
    findings = [finding for finding in report.findings if finding.severity >= least]
    note = Suppression("baseline", reason, owner, str(expires or "")[:10])
    written = baseline.write(file, findings, previous, history=history, note=note)
    total = len(written.entries)
    added = total - (len(previous.entries) if previous else 0)
    click.echo(f"{shown_name(file)}: {plural(added, 'entry')} added, {total} in all.")
    if not report.complete and not allow_incomplete:
        click.echo("The scan was incomplete, so more may be found: see `occ-audit scan`.", err=True)
        context.exit(3)


@baseline_command.command("prune")
@_PATH
@_FILE
@_HISTORY
@CONFIG
@RULES
@_INCOMPLETE
@click.pass_context
def prune_command(
    context: click.Context,
    path: Path,
    file: Path | None,
    history: bool,
    config: Path | None,
    rules: tuple[Path, ...],
    allow_incomplete: bool,
) -> None:
    """Remove the entries that a scan of the repository around PATH does not need any more."""
    from occ_audit import baseline
    from occ_audit.errors import AuditError

    report = _scan(path, history, config, rules)
    file = file or Path(report.root, baseline.FILE_NAME)
    if baseline.Baseline.read(file).history and not history:
        raise AuditError(
            "this baseline was written from the history",
            where=str(file),
            mend="Prune it with --history, or the entries of deleted files would be lost.",
        )
    if not report.complete and not allow_incomplete:
        click.echo("Nothing removed: the scan was incomplete, see `occ-audit scan`.", err=True)
        context.exit(3)
    removed = baseline.prune(file, report.findings)
    for entry in removed:
        click.echo(baseline.shortened(f"removed {entry.rule}: {entry.hint or 'no hint'}"))
    click.echo(f"{shown_name(file)}: {plural(len(removed), 'entry')} removed.")


def _scan(path: Path, history: bool, config: Path | None, rules: tuple[Path, ...]) -> Report:
    """Scan the whole repository around `path`, with comments and configuration applied."""
    from occ_audit.cli._scan_options import ScanOptions
    from occ_audit.cli._scan_run import run_scan
    from occ_audit.repository import Repository

    repository = Repository.discover(path)
    root = repository.root if repository else path
    options = ScanOptions(paths=(root,), history=history, config=config, rules=rules)
    _, report = run_scan(options)
    return replace(report, findings=tuple(map(_without_baseline, report.findings)))


def _without_baseline(finding: Finding) -> Finding:
    """Undo what a baseline did, so that what its entries cover is seen to be needed."""
    by_baseline = finding.suppression is not None and finding.suppression.kind == "baseline"
    return replace(finding, suppression=None) if by_baseline else finding
