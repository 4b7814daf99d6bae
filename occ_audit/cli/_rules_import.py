"""`occ-audit rules import`: rules of other scanners, listed or written as ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from occ_audit.cli import CLEAN, FINDINGS
from occ_audit.cli._rules_print import FORMAT, as_json, console, print_table, write_json
from occ_audit.cli._stderr import escaped
from occ_audit.errors import AuditError
from occ_audit.imports import ImportedRule, Refused

_NAMED = 3
"""So many refused rules are named where a scan begins; the command names all."""


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rules to a rule file of our own format.",
)
@FORMAT
def import_command(path: Path, out: Path | None, form: str) -> int:
    """Read rules of gitleaks, betterleaks, Nosey Parker or kingfisher from a file or folder.

    Lists them, and says which could not be translated and why. Ends with 1 if there is such a
    rule. `scan --rules FILE` reads the same files as they are.
    """
    from occ_audit import imports, rules

    refused: list[Refused] = []
    read = rules.read([path], refuse=refused.append)
    known = imports.apart([rule for rule in read if isinstance(rule, ImportedRule)], ())
    if not known and not refused:
        mend = "rule files of gitleaks, betterleaks, Nosey Parker and kingfisher are understood"
        raise AuditError("there are no rules of another scanner", where=str(path), mend=mend)
    if out:
        _write(out, imports.written(known, f"Imported from {path.name}."))
    if form == "json":
        rows = [row._asdict() for row in refused]
        write_json({"rules": [as_json(rule) for rule in known], "refused": rows})
    else:
        _print(known, refused, out)
    return FINDINGS if any(row.whole for row in refused) else CLEAN


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = f"the rules cannot be written: {error.strerror}"
        raise AuditError(problem, where=str(file), mend="give a path to write to") from error


def _print(known: Sequence[ImportedRule], refused: Sequence[Refused], out: Path | None) -> None:
    from rich.text import Text

    if not out:
        print_table(known)
    screen = console()
    for row in refused:
        mark, style = ("refused", "bold red") if row.whole else ("partly", "yellow")
        told = f"  {escaped(row.rule_id)}: {escaped(row.reason)}"
        screen.print(Text.assemble((f"{mark:8}", style), told))
    whole = sum(row.whole for row in refused)
    verdict = f"{len(known)} rules read" + (f", {whole} refused" if whole else "")
    screen.print(Text(f"{verdict}{f', written to {escaped(str(out))}' if out else ''}", "bold"))


def warning(refused: Iterable[Refused]) -> str:
    """Return what a scan says of rules that it cannot look for; empty where there are none."""
    rows = [row for row in refused if row.whole]
    named = [f"  {row.where}: {row.rule_id}: {row.reason}" for row in rows[:_NAMED]]
    more = ["  `occ-audit rules import FILE` names them all"] if len(rows) > _NAMED else []
    head = f"occ-audit: {len(rows)} imported rules are not looked for:"
    return "\n".join([head, *named, *more]) if rows else ""
