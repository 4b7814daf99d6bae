"""Writes reports: the chosen format to standard output, others to files, all of them masked."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from occ_audit import reports
from occ_audit.cli import silence_stdout
from occ_audit.errors import AuditError
from occ_audit.files import replacing
from occ_audit.masking import Masker, masker_for
from occ_audit.model import Report
from occ_audit.reports import RenderOptions


def report_files(requested: Sequence[str], formats: Sequence[str]) -> list[tuple[str, Path]]:
    """Read `FORMAT=FILE` options; raises AuditError for what cannot be written, or only once."""
    wanted = [_report_file(text, formats) for text in requested]
    files = [path.resolve() for _, path in wanted]
    for text, file in zip(requested, files, strict=True):
        if files.count(file) > 1:
            raise AuditError(
                "two reports cannot be one file",
                where=f"--report {text}",
                mend="Give each report a file of its own.",
            )
    return wanted


def _report_file(text: str, formats: Sequence[str]) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not equals or not file or name not in formats:
        raise AuditError(
            "a report needs a format and a file",
            where=f"--report {text}",
            mend=f"Write FORMAT=FILE with one of these formats: {', '.join(formats)}.",
        )
    if file == "-":
        raise AuditError(
            "a report needs a file",
            where=f"--report {text}",
            mend=f"To have it printed, use `--format {name}`.",
        )
    path = Path(file)
    if not path.absolute().parent.is_dir():
        raise AuditError(
            "the folder for this report does not exist",
            where=f"--report {text}",
            mend="Create it first, or give another path.",
        )
    return name, path


def write_reports(
    report: Report,
    name: str,
    files: Sequence[tuple[str, Path]],
    options: RenderOptions,
) -> None:
    """Write the report to standard output and to each file."""
    masker = masker_for(report)
    for file_format, path in files:
        _write_file(file_format, path, report, options, masker)
    printed(lambda out: reports.write(name, report, out, options, masker))


def printed(write: Callable[[TextIO], object]) -> None:
    """Let `write` write to standard output, until nobody reads it any more, as with `| head`."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        write(sys.stdout)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # the latter from rich
        silence_stdout()  # the exit code still tells what was found


def _write_file(
    name: str, path: Path, report: Report, options: RenderOptions, masker: Masker
) -> None:
    """Write a report to a file, or to a device such as /dev/stderr."""
    path = path.resolve()
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", errors="backslashreplace") as device:
                reports.write(name, report, device, options, masker)
            return
        with (
            replacing(path, private=options.show_secrets) as file,
            io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="\n") as text,
        ):
            reports.write(name, report, text, options, masker)
    except OSError as error:
        raise AuditError(
            f"this report cannot be written: {error.strerror}",
            where=str(path),
            mend="Give a path that you may write to.",
        ) from error
