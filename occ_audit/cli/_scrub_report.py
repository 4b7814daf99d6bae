"""`occ-audit scrub report`: every secret of the history, its exposure, and what to do first."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occ_audit import plugins
from occ_audit.cli import CLEAN, FINDINGS, INCOMPLETE
from occ_audit.cli._filed import place
from occ_audit.cli._liveness import asker, liveness_options, write_record
from occ_audit.cli._options import ALLOW_INCOMPLETE, CONFIG, FAIL_ON, JOBS, LEAVE_OUT, PATH, RULES
from occ_audit.cli._output import printed
from occ_audit.cli._scrub_open import Opened, open_repository
from occ_audit.model import Severity
from occ_audit.scrub import formats

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.liveness import Checked
    from occ_audit.masking import Masker
    from occ_audit.model import Finding
    from occ_audit.scrub.report import Rotated, ScrubReport
    from occ_audit.scrub.subjects import Subject

_FORMATS = plugins.names(formats)


@click.command("report")
@click.option(
    "--format",
    "name",
    type=click.Choice(_FORMATS),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@click.option("--output", "-o", type=PATH, metavar="FILE", help="Write that to FILE instead.")
@click.option(
    "--report", "files", multiple=True, metavar="FORMAT=FILE", help="Also write this file."
)
@LEAVE_OUT
@FAIL_ON
@RULES
@CONFIG
@click.option("--baseline", type=PATH, help="Known findings; they stay in the report.")
@JOBS
@liveness_options
@ALLOW_INCOMPLETE
@click.option("--exit-zero", is_flag=True, help="End with 0 in spite of secrets.")
@click.option("--verbose", "-v", is_flag=True, help="Tell all secrets in full.")
@click.argument("path", type=PATH, default=".")
def report_command(
    path: Path,
    name: str,
    output: Path | None,
    files: Sequence[str],
    min_severity: str,
    fail_on: str,
    rules: Sequence[Path],
    config: Path | None,
    baseline: Path | None,
    jobs: int,
    check_live: bool,
    endpoints: Sequence[str],
    record: Path | None,
    allow_incomplete: bool,
    exit_zero: bool,
    verbose: bool,
) -> int:
    """Say of each secret in the repository at PATH where it is, since when, and what to do first.

    Reads every object that the repository holds, reachable or not, and the files of its working
    trees. The report holds no secret; as JSON it is what `occ-audit scrub verify` asks for.
    Nothing connects to anything, unless --check-live has the vendors asked.
    """
    from occ_audit.cli._output import report_files

    written = [*report_files(files, _FORMATS), *([(name, output)] if output else [])]
    ask = asker(check_live, endpoints, record)
    kept = place(record, "--record", "liveness") if record else None
    opened = open_repository(path, rules, config, jobs, baseline)
    report, masker = _made(opened, Severity.parse(min_severity), ask)
    if kept:
        click.echo(f"recorded: {write_record(report, kept)}", err=True)
    look = formats.Look(everything=verbose)
    for form, file in written:
        _write(form, report, file, masker, look)
    if not output:
        printed(lambda out: formats.write(name, report, out, masker, look))
    lowest = Severity.parse(fail_on)
    leaked = any(row.severity >= lowest and not row.fixed for row in report.rows)
    if leaked and not exit_zero:
        return FINDINGS
    return CLEAN if report.complete or allow_incomplete else INCOMPLETE


def register(group: click.Group) -> None:
    """Add the command to `occ-audit scrub`."""
    group.add_command(report_command)


def _made(
    opened: Opened,
    lowest: Severity,
    ask: Callable[[Iterable[Finding]], Callable[[Subject], Checked | None]],
) -> tuple[ScrubReport, Masker]:
    from occ_audit.masking import Masker
    from occ_audit.scrub import build

    history = opened.scan(opened.repository.root, history=True)
    disk = [opened.scan(folder, history=False) for folder in opened.repository.working_trees()]
    everything = [*history.findings, *(found for report in disk for found in report.findings)]
    report = build.build(
        build.Request(
            repository=opened.repository,
            rules=opened.rules,
            check=opened.check.findings,
            salt=opened.config.fingerprint_salt,
            config=opened.config.scrub,
            lowest=lowest,
            rotations=_rotations(opened, history.findings),
            now=datetime.datetime.now().astimezone(),
            jobs=opened.jobs,
            ask=ask(everything),
        ),
        history,
        disk,
    )
    found = (secret for one in everything for secret in one.secrets)
    known = {*found, *build.hidden(report, opened.check.findings)}
    return report, Masker({variant for secret in known for variant in secret.variants})


def _rotations(opened: Opened, found: Iterable[Finding]) -> Mapping[str, Rotated]:
    """Return what the ledger on disk says, and why not all of it counts.

    In a bare repository it is the ledger of HEAD.
    """
    from occ_audit import sources
    from occ_audit.reading import Coverage
    from occ_audit.scrub import rotation_check, rotations
    from occ_audit.scrub.report import Rotated

    repository = opened.repository
    request = sources.Request((repository.root,), repository, opened.config)
    module = plugins.load(sources, "history" if repository.bare else "worktree")
    tree = module.open_source(request).tree()
    if tree is None or rotations.FILE_NAME not in tree.entries:
        return {}
    if repository.bare:
        said = tree.read(rotations.FILE_NAME).decode("utf-8-sig", "surrogateescape")
    else:
        said = rotations.read_text(repository.root / rotations.FILE_NAME)
    problems = {
        str(one.properties["target"]): one.message
        for one in rotation_check.findings(opened.rules, tree, found, Coverage())
    }
    return {
        one.fingerprint: Rotated(
            one.rotated, one.by, one.evidence, problems.get(one.fingerprint, "")
        )
        for one in rotations.parse(said, rotations.FILE_NAME)
    }


def _write(name: str, report: ScrubReport, path: Path, masker: Masker, look: formats.Look) -> None:
    from occ_audit.files import write_beside

    text = io.StringIO(newline="")
    formats.write(name, report, text, masker, look)
    write_beside(path, text.getvalue())
