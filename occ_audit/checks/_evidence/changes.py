"""What commits added and deleted; which ones did so, an earlier audit may have found out.

Only ids of commits are remembered: a path can hold a secret, so git is asked for it each time.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from occ_audit.git_process import GitError
from occ_audit.reading import TreeHistory

_COMPARED = ("--no-renames", "--diff-filter=AD", "--name-status", "-z", "--format=%x02%H %cs %P")
_UNKNOWN = "a day that no calendar knows"


class Event(NamedTuple):
    """A commit that did something to a path."""

    commit: str
    date: str
    """Of the committer, `YYYY-MM-DD`; words where no calendar knows the day."""
    parents: tuple[str, ...] = ()

    @property
    def day(self) -> datetime.date | None:
        """The date, where a calendar knows it."""
        return None if self.date == _UNKNOWN else datetime.date.fromisoformat(self.date)


Change = tuple[str, str, Event]
"""A (added) or D (deleted), the path, the commit."""


class _Question(NamedTuple):
    """What is asked of the commits that some walks meet."""

    name: str
    about: Sequence[str]
    """What the answer depends on, besides commits."""
    walks: Sequence[tuple[str, ...]]
    starts: str
    """What names the commits that all the walks begin with."""
    wanted: Callable[[Change], bool]


class Changes:
    """What was added and deleted on the way to a tree, and beside it, newest first."""

    def __init__(self, git: TreeHistory) -> None:
        self._git = git
        self._below: list[Change] | None = None
        self._asked: set[str] = set()
        self.failed = False
        """Whether git could not answer, for example in a clone without all objects."""

    def deleted(self) -> list[Change]:
        """Return what was deleted on the way to the tree."""
        return self._answer(self._on_the_way("deleted", "D"))

    def added(self, paths: Sequence[str]) -> Iterator[Change]:
        """Yield when each of the paths was added on the way to the tree."""
        wanted = frozenset(paths)
        if "deleted" in self._asked:  # so all is at hand, or remembered
            all_ = self._on_the_way("added", "A")
            these = all_._replace(
                name="introduced",
                about=sorted(paths),
                wanted=lambda row: row[0] == "A" and row[1] in wanted,
            )
            rows = self._answer(these, lambda: self._answer(all_))
        else:
            rows = self._limited(paths)
        yield from (row for row in rows if row[0] == "A" and row[1] in wanted)

    def ever_added(self, wanted: Callable[[str], bool], patterns: Sequence[str]) -> list[Change]:
        """Return the paths that any ref ever had, of those that are wanted by these patterns."""
        walks = [(self._git.tip,), ("--all", "--not", self._git.tip)]
        return self._answer(
            _Question("exposed", patterns, walks, "--all", lambda r: r[0] == "A" and wanted(r[1]))
        )

    def _on_the_way(self, name: str, status: str) -> _Question:
        tip = self._git.tip
        return _Question(name, (), [(tip,)], tip, lambda row: row[0] == status)

    def _limited(self, paths: Iterable[str]) -> list[Change]:
        """Return what git says of the history of these paths."""
        try:
            return self._log(stdin=[self._git.tip, "--", *paths])
        except GitError:
            self.failed = True
            return []

    def _answer(
        self, question: _Question, wider: Callable[[], list[Change]] | None = None
    ) -> list[Change]:
        """Return what is wanted; where nothing is remembered, out of a wider answer, if given."""
        self._asked.add(question.name)
        tips = None
        with contextlib.suppress(GitError):  # a commit of then is gone, or a part of it
            tips = self._tips(question) if self._git.memory else None
            known = self._remembered(question, tips) if tips else None
            if known is not None:
                return list(filter(question.wanted, self._compared(known)))
        before, self.failed = self.failed, False
        found = list(filter(question.wanted, wider() if wider else self._all(question)))
        if tips and not self.failed:
            self._remember(question, tips, dict.fromkeys(event.commit for _, _, event in found))
        self.failed |= before
        return found

    def _all(self, question: _Question) -> Iterator[Change]:
        """Yield what all commits of the walks added and deleted."""
        for walk in question.walks:
            try:
                yield from self._walked(walk)
            except GitError:
                self.failed = True

    def _tips(self, question: _Question) -> list[str]:
        """Return the commits that the walks begin with, before they do."""
        return sorted(self._run("rev-list", "--no-walk", question.starts).decode().split())

    def _remembered(self, question: _Question, tips: Sequence[str]) -> Sequence[str] | None:
        """Return, in the order of the walks, the commits that are known, and new ones."""
        memory = self._git.memory
        said = memory.recall(question.name, question.about) if memory else None
        if said is None:
            return None
        known, commits = said[0].split(), said[1:]
        if known == tips:
            return commits
        since = self._log("--ignore-missing", stdin=[*tips, *(f"^{tip}" for tip in known)])
        fresh = {row[2].commit for row in since if question.wanted(row)}
        # What lay beside the tree may lie below it now.
        moved = commits and (len(question.walks) > 1 or self._left_behind(known, tips))
        if fresh or moved:
            found = fresh.union(commits)
            order = (oid for walk in question.walks for oid in self._run("rev-list", *walk).split())
            commits = [oid for row in order if (oid := row.decode()) in found]
        self._remember(question, tips, commits)
        return commits

    def _left_behind(self, known: Iterable[str], tips: Iterable[str]) -> bool:
        """Say whether a commit below the known tips is below none of these."""
        asked = "".join([*(f"{tip}\n" for tip in known), *(f"^{tip}\n" for tip in tips)])
        return bool(self._run("rev-list", "--max-count=1", "--stdin", stdin=asked.encode()))

    def _remember(self, question: _Question, tips: Iterable[str], commits: Iterable[str]) -> None:
        if self._git.memory:
            rows = [" ".join(tips), *commits]
            self._git.memory.remember(question.name, question.about, rows)

    def _walked(self, walk: tuple[str, ...]) -> Iterable[Change]:
        """Return what the commits of a walk added and deleted."""
        if walk != (self._git.tip,):
            # Where something is left out, `log` would hold the texts of all commits.
            return self._compared(self._run("rev-list", *walk).decode().split())
        if self._below is None:
            self._below = self._log(*walk)
        return self._below

    def _log(self, *options: str, stdin: Iterable[str] = ()) -> list[Change]:
        """Return what git's log says that commits added and deleted."""
        asked = os.fsencode("".join(f"{row}\n" for row in stdin))
        command = ("--literal-pathspecs", "log", "--stdin", *_COMPARED, *options)
        return list(changes(self._run(*command, stdin=asked)))

    def _compared(self, commits: Iterable[str]) -> Iterator[Change]:
        """Return what these commits added and deleted."""
        asked = "".join(f"{oid}\n" for oid in commits).encode()
        command = ("diff-tree", "--stdin", "-r", "--root", *_COMPARED)
        return changes(self._run(*command, stdin=asked))

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self._git.run(*arguments, stdin=stdin)


def changes(output: bytes) -> Iterator[Change]:
    """Read NUL-ended fields: of each commit a line after a byte 2, then statuses and paths."""
    event = Event("", "")
    fields = iter(output.split(b"\0"))
    for field in fields:
        row = field.removeprefix(b"\n")
        if row.startswith(b"\x02"):
            commit, date, *above = row[1:].decode("ascii", "replace").rstrip("\n").split(" ")
            event = Event(commit, _calendar(date), tuple(filter(None, above)))
        elif row:
            yield row.decode("ascii", "replace"), os.fsdecode(next(fields, b"")), event


def _calendar(date: str) -> str:
    """Return the date of a commit, whose header may hold any number, or none."""
    try:
        return datetime.date.fromisoformat(date).isoformat()
    except ValueError:
        return _UNKNOWN
