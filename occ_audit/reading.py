"""What is read: sources and trees as the audits see them, and the account of what was read.

The audits know these protocols alone; `sources/` has what stands behind them.
"""

from __future__ import annotations

import enum
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from occ_audit.model import Batch, Finding, Origin, Skipped


class Coverage:
    """Collects, from any thread, what a scan read and what it did not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._skipped: dict[tuple[Origin, str, bool], int] = {}
        self.omissions = 0
        """How often something was skipped so far."""

    def count(self, **amounts: int) -> None:
        """Add to counters such as `files`, `bytes`, `objects`."""
        with self._lock:
            self._counts.update(amounts)

    def skip(self, origin: Origin, reason: str, *, requested: bool = False, count: int = 1) -> None:
        """Record something that was not scanned."""
        with self._lock:
            key = (origin, reason, requested)
            self._skipped[key] = self._skipped.get(key, 0) + count
            self.omissions += 1

    def add(self, counts: Mapping[str, int], skipped: Iterable[Skipped]) -> None:
        """Add what another one collected."""
        self.count(**counts)
        for row in skipped:
            self.skip(row.origin, row.reason, requested=row.requested, count=row.count)

    def snapshot(self) -> tuple[dict[str, int], tuple[Skipped, ...]]:
        """Return what there is now, to tell later what came since."""
        return self.counts, self.skipped

    def since(
        self, before: tuple[dict[str, int], tuple[Skipped, ...]]
    ) -> tuple[dict[str, int], list[Skipped]]:
        """Return what was counted and skipped since a snapshot."""
        counts, skipped = before
        known = {(row.origin, row.reason, row.requested): row.count for row in skipped}
        added = (
            replace(row, count=row.count - known.get((row.origin, row.reason, row.requested), 0))
            for row in self.skipped
        )
        return dict(self._counts - Counter(counts)), [row for row in added if row.count]

    @property
    def counts(self) -> dict[str, int]:
        """The counters so far."""
        return dict(self._counts)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far, in the order of its first mention."""
        return tuple(Skipped(o, r, q, n) for (o, r, q), n in self._skipped.items())


class EntryKind(enum.StrEnum):
    """What a path in a tree is."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


class Entry(NamedTuple):
    """One path of a tree; folders are implied by the paths below them."""

    path: str
    kind: EntryKind
    tracked: bool = True
    oid: str = ""


class Memory(Protocol):
    """What earlier runs found out about a repository: answers in ids and numbers, nothing else."""

    @property
    def rules(self) -> str:
        """A name for the rules, and all else that decides what is found."""
        ...

    def recall(self, question: str, about: Iterable[str]) -> list[str] | None:
        """Return the answer to a question; None unless it was given about the same."""
        ...

    def remember(self, question: str, about: Iterable[str], said: Iterable[str]) -> None:
        """Keep an answer, in place of the one before; raises ValueError for names and texts."""
        ...


class TreeHistory(Protocol):
    """git, asked about the past of a tree; never fetches, never runs what the repository says."""

    @property
    def tip(self) -> str:
        """The commit that the tree is, or lies upon; empty before the first commit."""
        ...

    @property
    def shallow(self) -> tuple[str, ...]:
        """The commits whose parents this clone does not have by design."""
        ...

    @property
    def memory(self) -> Memory | None:
        """What is known of this history; None where nothing is to be remembered."""
        ...

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints; raises GitError where it fails."""
        ...


class Tree(Protocol):
    """A snapshot of paths that evidence is audited in: disk, index, or a commit."""

    label: str
    """For messages: `working tree`, `index`, or a commit's name."""
    history: TreeHistory | None
    """Where its past can be asked; None outside a repository."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All entries by path: tracked, and on disk also untracked but not ignored ones."""
        ...

    @property
    def changed(self) -> frozenset[str] | None:
        """Paths that the scan is limited to (`--range`), or None for all."""
        ...

    @property
    def removed(self) -> Mapping[str, str]:
        """Paths deleted or renamed by the scanned range, with the new path or an empty text."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; raises KeyError for an unknown path."""
        ...

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` that exist on disk but are git-ignored."""
        ...


Progress = Callable[[str, int, int], None]
"""Called as `progress(what, done, total)`, in bytes; `total` is 0 where it is not known."""


class Source(Protocol):
    """One choice of what is read."""

    name: str
    root: Path
    coverage: Coverage
    total_bytes: int
    """For progress; 0 where it is not known before reading."""
    current: bool
    """True where what is read stands now: comments in old versions are not judged."""
    whole: bool
    """True where a suppression that nothing matches can be called unused."""

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return independent iterators that together give every content once.

        `jobs` at a time are read, in this order. Whoever stops early closes them: another one may
        wait for what one holds.
        """
        ...

    def late(self) -> Generator[Batch]:
        """Return what can be read only when all partitions were."""
        ...

    def in_order(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return what the partitions held, in an order that does not hang on how they are read.

        Each finding has one place.
        """
        ...

    def tree(self) -> Tree | None:
        """Return the tree that this choice implies for the evidence audit, if there is one."""
        ...

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Add to merged findings what only the source knows: paths, commits, dates, refs."""
        ...
