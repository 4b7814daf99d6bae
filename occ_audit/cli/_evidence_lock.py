"""`occ-audit evidence lock|verify|export`: proves that evidence says what it said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from occ_audit.cli import CLEAN, FINDINGS
from occ_audit.cli._evidence_stamp import stamp_command
from occ_audit.cli._names import shown_names
from occ_audit.errors import AuditError
from occ_audit.wording import plural, visible

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.lock import Artifact, Difference, Digest, Lock
    from occ_audit.reading import Tree
    from occ_audit.repository import Repository
    from occ_audit.settings import Config

Function = TypeVar("Function", bound=Callable[..., Any])
_PATH = click.Path(path_type=Path)
_SHOWN_DIGITS = 12


def _options(function: Function) -> Function:
    for option in (
        click.option("--config", "config_file", type=_PATH, help="Use this configuration file."),
        click.option(
            "--file", "file", type=_PATH, help="The lock.  [default: evidence.lock at the root]"
        ),
        click.argument("path", type=click.Path(path_type=Path, exists=True), default="."),
    ):
        function = option(function)
    return function


@click.command("lock")
@_options
@click.option("--at", metavar="COMMIT", default="", help="Lock the files of this commit.")
@click.option(
    "--evidence-only", is_flag=True, help="Lock only what evidence documents cite, not all others."
)
def lock_command(
    path: Path, file: Path | None, config_file: Path | None, at: str, evidence_only: bool
) -> None:
    """Write which files the documents of the repository at PATH cite, and what they say.

    One line for each tracked file: path, SHA-256, size, first commit, and the documents that
    cite it. A folder or pattern stands for each of its files.
    """
    from occ_audit import lock

    read = _opened(path, file, config_file, at)
    artifacts = lock.with_first_commits(_cited(read, evidence_only=evidence_only), read.tree)
    lock.write(read.file, lock.Lock(artifacts, evidence_only))
    documents = {document for row in artifacts.values() for document in row.cited_by}
    click.echo(
        f"{visible(str(file or read.file.name))}: {plural(len(artifacts), 'file')} "
        f"cited by {plural(len(documents), 'document')}"
    )


@click.command("verify")
@_options
@click.option("--at", metavar="COMMIT", default="", help="Compare with the files of this commit.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
)
def verify_command(
    path: Path, file: Path | None, config_file: Path | None, at: str, format_: str
) -> int:
    """Say what was changed, removed or added since the lock of the repository at PATH was made.

    Ends with 0 when all is as it was locked, with 1 when it is not.
    """
    from occ_audit import lock

    read = _opened(path, file, config_file, at)
    known = lock.read(read.file)
    found = _differences(read, known)
    _FORMATS[format_](found, known, read)
    return FINDINGS if found else CLEAN


@click.command("export")
@_options
@click.option("--at", metavar="COMMIT", default="HEAD", help="The commit.", show_default=True)
@click.option(
    "--format",
    type=click.Choice(["in-toto"]),
    default="in-toto",
    show_default=True,
    expose_value=False,  # there is one
)
def export_command(path: Path, file: Path | None, config_file: Path | None, at: str) -> None:
    """Print the lock of the repository at PATH as an in-toto Statement v1, ready to be signed.

    It is a statement about a commit, so the lock must agree with that commit.
    """
    from occ_audit import lock

    read = _opened(path, file, config_file, at)
    known = lock.read(read.file)
    if _differences(read, known):
        raise AuditError(
            f"the lock does not agree with {at}, so nothing is stated",
            where=str(read.file),
            mend=f"`occ-audit evidence verify --at {at}` says how; commit, or lock again.",
        )
    if not known.artifacts:
        raise AuditError(
            "the lock names no file, so there is nothing to state",
            where=str(read.file),
            mend="Cite evidence in a document, and run `occ-audit evidence lock`.",
        )
    click.echo(json.dumps(lock.statement(known, read.repository.commit(at)), indent=2))


def register(group: click.Group) -> None:
    """Add the commands to `occ-audit evidence`."""
    for command in (lock_command, verify_command, stamp_command, export_command):
        group.add_command(command)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A repository as it is on disk, or as it was in a commit, and its lock file."""

    repository: Repository
    config: Config
    tree: Tree
    file: Path


def _opened(path: Path, file: Path | None, config_file: Path | None, at: str) -> _Opened:
    from occ_audit import config as configuration
    from occ_audit.lock import FILE_NAME
    from occ_audit.repository import Repository
    from occ_audit.sources import Request, commit, worktree

    folder = path.resolve() if path.is_dir() else path.resolve().parent
    found = Repository.discover(folder)
    config = configuration.for_root(found.root if found else folder, config_file)
    paths = (found.root if found else folder,)
    request = Request(paths=paths, repository=found, config=config, at=at)
    repository = request.need_repository()
    tree = (commit if at else worktree).open_source(request).tree()
    return _Opened(repository, config, tree, file or repository.root / FILE_NAME)


def _cited(read: _Opened, *, evidence_only: bool) -> Mapping[str, Artifact]:
    """Return what the documents cite now; raises where a document could not be read."""
    from occ_audit import lock, rules
    from occ_audit.checks.evidence import EvidenceCheck
    from occ_audit.reading import Coverage
    from occ_audit.setting_types import path_matcher

    coverage = Coverage()
    rows = EvidenceCheck(rules.load(), read.config).candidates(read.tree, coverage)
    in_vault = path_matcher(read.config.evidence.vault)
    own = read.file.absolute()

    def leave_out(path: str) -> bool:
        return in_vault(path) or read.repository.root / path == own

    found = lock.cited_artifacts(read.tree, rows, leave_out, evidence_only=evidence_only)
    for row in coverage.skipped:
        if not row.requested:
            raise AuditError(
                f"{row.reason}: what it cites is not known",
                where=row.origin.path,
                mend="Mend the document, or leave it out with `exclude` in the configuration.",
            )
    return found


def _differences(read: _Opened, known: Lock) -> list[Difference]:
    from occ_audit import lock

    now = _cited(read, evidence_only=known.evidence_only)
    return list(lock.differences(known, read.tree, now))


def _terminal(found: Sequence[Difference], known: Lock, read: _Opened) -> None:
    names = shown_names(name for row in found for name in (row.path, *row.cited_by))
    for row in found:
        told = "; ".join(filter(None, (_contents(row), row.reason, _documents(row, names))))
        click.echo(f"{row.status:<16} {names[row.path]}  ({told})")
    amounts = Counter(row.status.value for row in found)
    summary = ", ".join(f"{count} {status}" for status, count in amounts.items())
    named = visible(read.file.name)
    if found:
        click.echo(f"\n{read.tree.label} does not agree with {named}: {summary}")
        click.echo("If this is right, run `occ-audit evidence lock` and commit the lock.")
    else:
        locked = plural(len(known.artifacts), "file")
        click.echo(f"{read.tree.label} agrees with {named}: {locked} as locked")


def _contents(row: Difference) -> str:
    if row.locked is None or row.found is None or row.locked == row.found:
        return ""
    then, now = (digest.sha256[:_SHOWN_DIGITS] for digest in (row.locked, row.found))
    return f"{then} → {now}, {row.locked.size:,} → {row.found.size:,} bytes"


def _documents(row: Difference, names: Mapping[str, str]) -> str:
    return f"cited by {', '.join(names[document] for document in row.cited_by)}"


def _json(found: Sequence[Difference], known: Lock, read: _Opened) -> None:
    names = shown_names(name for row in found for name in (row.path, *row.cited_by))
    told = {
        "schema_version": 1,
        "lock": visible(str(read.file)),
        "tree": read.tree.label,
        "locked": len(known.artifacts),
        "differences": [
            {
                "status": row.status.value,
                "path": names[row.path],
                "locked": _digest(row.locked),
                "found": _digest(row.found),
                "cited_by": [names[document] for document in row.cited_by],
                "reason": row.reason,
            }
            for row in found
        ],
    }
    click.echo(json.dumps(told, indent=2))


def _digest(digest: Digest | None) -> dict[str, object] | None:
    return {"sha256": digest.sha256, "size": digest.size} if digest else None


_FORMATS: Mapping[str, Callable[[Sequence[Difference], Lock, _Opened], None]] = {
    "terminal": _terminal,
    "json": _json,
}
