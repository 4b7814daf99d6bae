"""`occ-audit scan`: read one source, audit it, write the reports, exit."""

from __future__ import annotations

from typing import Any

import click

from occ_audit import reports
from occ_audit.cli import CLEAN, FINDINGS, INCOMPLETE
from occ_audit.cli._options import ALLOW_INCOMPLETE, FAIL_ON, SEVERITIES
from occ_audit.cli._output import report_files, write_reports
from occ_audit.cli._scan_options import ScanOptions, source_options
from occ_audit.cli._scan_run import run_scan
from occ_audit.model import Confidence, Report, Severity
from occ_audit.reports import RenderOptions

_SURE = click.Choice([confidence.label for confidence in Confidence])


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
    "--min-severity", type=SEVERITIES, default="info", show_default=True, help="Show no less."
)
@click.option(
    "--min-confidence",
    type=_SURE,
    default="possible",
    show_default=True,
    help="Show what is no less sure.",
)
@FAIL_ON
@click.option(
    "--explain", is_flag=True, help="Show every candidate and what each check said of it."
)
@click.option("--show-secrets", is_flag=True, help="Put the secrets into JSON and JSONL.")
@ALLOW_INCOMPLETE
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

    PATHS limit what is read of the working tree, and of a commit with --at. With --staged,
    --range and --history they only say which repository is meant: all that is chosen is read.

    Exit codes: 0 clean, 1 findings, 2 a mistake in the call or the configuration, 3 a scan that
    could not be completed.
    """
    options = ScanOptions(**chosen, quiet=quiet, explain=explain)
    written = report_files(files, reports.names())
    config, report = run_scan(options)
    shown = RenderOptions(
        show_secrets=show_secrets,
        min_severity=Severity.parse(min_severity),
        min_confidence=Confidence[min_confidence.upper()],
        verbosity=verbose - quiet,
        explain=explain,
        salt=config.fingerprint_salt,
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
