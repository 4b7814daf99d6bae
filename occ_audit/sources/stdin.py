"""One text from standard input: a file that is not saved yet, or a commit message."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from occ_audit.model import Batch, Finding, Origin
from occ_audit.reading import Coverage, Progress, Tree
from occ_audit.sources import AtOnce, Request
from occ_audit.sources._buffer import Filler
from occ_audit.sources._objects import too_large


def open_source(request: Request) -> Stdin:
    """Return the source that reads standard input to its end."""
    return Stdin(request)


class Stdin(AtOnce):
    """One content; no tree goes with it, so no evidence is audited."""

    name = "stdin"
    current = True

    def __init__(self, request: Request) -> None:
        self.coverage = Coverage()
        self.total_bytes = 0
        self.whole = False
        self.root = request.paths[0]
        self._origin = Origin("stdin", request.stdin_name or "<stdin>")
        self._read = request.stdin
        self._max_bytes = request.config.max_bytes

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return one iterator of one content."""
        return [self._batches()]

    def _batches(self) -> Generator[Batch]:
        data = self._read() if self._read else b""
        if len(data) > self._max_bytes:
            self.coverage.skip(self._origin, too_large(self._max_bytes))
            return
        self.coverage.count(files=1, bytes=len(data))
        filler = Filler()
        yield from filler.add(data, self._origin)
        yield from filler.rest()

    def tree(self) -> Tree | None:
        """Return None."""
        return None

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Return the findings as they are."""
        return findings
