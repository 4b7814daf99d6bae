"""`occ-audit evidence`: looks into the evidence audit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

from occ_audit.cli import _evidence_lock
from occ_audit.cli._names import shown_names
from occ_audit.cli._stderr import escaped

_WORD = re.compile(r"[A-Za-z0-9+/_-]+")
_LONG_WORD = re.compile(r"[A-Za-z0-9]{20,}")
_CREDENTIALS = re.compile(r"(?<=://)\S{1,2000}(?=@)")
_VALUE = re.compile(r"(?<==)\S+")
_MASK = "****"
_COLUMNS: tuple[str, ...] = ("place", "verdict", "reference", "reason")
_WIDEST = 60
_FOREIGN = ("document", "text", "target", "reason")
"""What came from the repository, names among it."""
_FIELDS = (
    *("document", "line", "column", "end_column", "container", "text", "kind", "target"),
    *("lines", "verdict", "rule", "degree", "reason"),
)


@click.group("evidence")
def evidence_command() -> None:
    """Look into what the evidence audit sees; lock evidence and verify it."""


_evidence_lock.register(evidence_command)


@evidence_command.command("list")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--why", is_flag=True, help="Show also what was not taken for a reference, and why.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "json", "tsv"]),
    default="terminal",
    show_default=True,
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="Read this configuration file instead of the one that is found.",
)
def list_command(
    paths: tuple[Path, ...], why: bool, format_: str, config_file: Path | None
) -> None:
    """List the references in the documents of PATHS (default: here) with their verdicts."""
    rows = list(_rows(paths, config_file, why=why))
    shown = shown_names(str(row[name]) for row in rows for name in _FOREIGN)
    safe = ({**row, **{name: shown[str(row[name])] for name in _FOREIGN}} for row in rows)
    lines = _FORMATS[format_](safe)
    click.echo("\n".join(lines))  # at once: echo flushes each time


def _rows(
    paths: tuple[Path, ...], config_file: Path | None, *, why: bool
) -> Iterator[Mapping[str, object]]:
    # Imported late, so that help and completion stay quick.
    from occ_audit import config as configuration
    from occ_audit import rules
    from occ_audit.checks.evidence import EvidenceCheck
    from occ_audit.repository import Repository
    from occ_audit.sources import Request, worktree

    given = tuple(path.resolve() for path in paths or (Path(),))
    folder = given[0] if given[0].is_dir() else given[0].parent
    repository = Repository.discover(folder)
    config = configuration.for_root(repository.root if repository else folder, config_file)
    source = worktree.open_source(Request(paths=given, repository=repository, config=config))
    tree = source.tree()
    if tree is None:
        return
    check = EvidenceCheck(rules.load(), config)
    for row in check.candidates(tree, source.coverage, why=why):
        judgement, place = row.judgement, row.location
        reference = judgement.candidate.reference
        yield {
            "document": row.document,
            "degree": "evidence" if row.degree else "ordinary",
            "degree_reason": row.degree,
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
            "container": judgement.candidate.container,
            "text": _masked(judgement.candidate.text, is_path=reference is not None),
            "kind": reference.kind.value if reference else "",
            "target": _masked(judgement.target, is_path=True),
            "lines": list(reference.lines) if reference and reference.lines else None,
            "verdict": judgement.verdict.value,
            "reason": judgement.reason,
            "rule": judgement.rule,
        }


def _masked(text: str, *, is_path: bool) -> str:
    """Hide what may be a secret: this view also shows code spans that are no paths at all."""
    if is_path:
        return _LONG_WORD.sub(lambda m: _MASK if _random(m[0]) else m[0], text)
    text = _VALUE.sub(_MASK, _CREDENTIALS.sub(_MASK, text))
    return _WORD.sub(lambda m: _MASK if _like_a_secret(m[0]) else m[0], text)


def _random(word: str) -> bool:
    return bool(re.search("[a-z]", word) and re.search("[A-Z]", word) and re.search("[0-9]", word))


def _like_a_secret(word: str) -> bool:
    return any(
        len(part) >= 8 and re.search("[0-9]", part) and re.search("[A-Za-z]", part)
        for part in re.split("[_/-]", word)
    )


def _plain(value: object) -> str:
    """Return a cell on one line: names and texts come from the repository."""
    return escaped(str(value)).replace("\n", r"\n")


def _terminal(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    table = [_COLUMNS]
    for row in rows:
        target = row["target"] if row["target"] not in ("", row["text"]) else ""
        shown = f"{row['text']} → {target}" if target else row["text"]
        place = f"{row['document']}:{row['line']}:{row['column']}"
        table.append(tuple(_plain(cell) for cell in (place, row["verdict"], shown, row["reason"])))
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*table, strict=True)]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _json(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield json.dumps(list(rows), indent=2)


def _tsv(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield "\t".join(_FIELDS)
    for row in rows:
        lines = row["lines"]
        shown = {**row, "lines": "-".join(map(str, lines)) if isinstance(lines, list) else ""}
        yield "\t".join(_plain(shown[name]) for name in _FIELDS)


_FORMATS: Mapping[str, Callable[[Iterable[Mapping[str, object]]], Iterator[str]]] = {
    "terminal": _terminal,
    "json": _json,
    "tsv": _tsv,
}
