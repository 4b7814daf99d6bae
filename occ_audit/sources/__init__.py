"""What can be read: each module here is one choice of source.

A source module has `open_source(request: Request) -> Source`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from occ_audit.errors import AuditError
from occ_audit.model import Batch, Finding
from occ_audit.reading import Memory, Progress
from occ_audit.repository import Repository
from occ_audit.settings import Config

if TYPE_CHECKING:
    from occ_audit.scanned import Scanned


def _no_progress(what: str, done: int, total: int) -> None:
    """Show nothing."""


class Request(NamedTuple):
    """What the user asked to be read."""

    paths: tuple[Path, ...]
    """Files or folders, absolute; the first decides which repository is meant."""
    repository: Repository | None
    config: Config
    include_ignored: bool = False
    range: str = ""
    """`A..B` or `A...B`."""
    at: str = ""
    """The commit that is read as it was."""
    since: str | None = None
    """The evidence audit is limited to what changed since the merge base with this commit; empty:
    with the main branch."""
    stdin: Callable[[], bytes] | None = None
    stdin_name: str = ""
    progress: Progress = _no_progress
    scanned: Scanned | None = None
    """What earlier scans of this history learned, where it is scanned again."""
    memory: Memory | None = None
    """Answers about the history that lies behind a tree."""

    def need_repository(self) -> Repository:
        """Return the repository; raises AuditError where a path lies in none, or in another."""
        if self.repository is None:
            raise AuditError(
                "this is not inside a git repository",
                where=str(self.paths[0]),
                mend="Give a path inside one; without options that ask git a plain folder is "
                "scanned as well.",
            )
        for path in self.paths:
            if not path.is_relative_to(self.repository.root):
                raise elsewhere(path, self.repository.root)
        return self.repository


class AtOnce:
    """A source whose partitions give all that it reads, in the order in which it is reported."""

    def late(self) -> Generator[Batch]:
        """Yield nothing."""
        yield from ()

    def in_order(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return the findings as they are."""
        return findings


def elsewhere(path: Path, root: Path) -> AuditError:
    """Return what to raise for a path that is not below the root of the scan."""
    return AuditError(
        f"this path is not below {root}",
        where=str(path),
        mend="Scan one repository or folder at a time.",
    )
