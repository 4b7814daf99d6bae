"""What git knows of a tree's past; each question is one process, and is asked once."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from occ_audit.checks._evidence.changes import Changes, Event
from occ_audit.checks._evidence.paths import parents
from occ_audit.git_process import GitError
from occ_audit.reading import Tree, TreeHistory

_MOST_BRANCHES = 200
_MOST_PLACES = 20_000
"""So many combinations of branch and path are tried for what is missing."""
_BLAMED = re.compile(rb"^([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?$")
_BRANCHES = ("refs/heads", "refs/remotes")


class Past:
    """The history below a tree; where there is none, or a part is missing, it knows nothing."""

    def __init__(self, tree: Tree) -> None:
        self._git: TreeHistory | None = tree.history
        self._entries = tree.entries
        self._changes = Changes(tree.history) if tree.history and tree.history.tip else None
        self._failed = False

    @property
    def failed(self) -> bool:
        """Whether git could not answer, for example in a clone without all objects."""
        return self._failed or bool(self._changes and self._changes.failed)

    @property
    def known(self) -> bool:
        """Whether there are commits to be asked about."""
        return self._git is not None and bool(self._git.tip)

    @property
    def shallow(self) -> frozenset[str]:
        """The commits where this clone's knowledge ends."""
        return frozenset(self._git.shallow) if self._git else frozenset()

    @cached_property
    def deleted(self) -> Mapping[str, Event]:
        """The paths that the tree no longer has, with the commit that last deleted each."""
        found: dict[str, Event] = {}
        for _, path, event in self._changes.deleted() if self._changes else ():
            if path not in self._entries:
                found.setdefault(path, event)
        return found

    @cached_property
    def deleted_folders(self) -> Mapping[str, str]:
        """The folders of deleted paths, each with the path that was deleted last."""
        found: dict[str, str] = {}
        for path in self.deleted:
            for folder in parents(path):
                found.setdefault(folder, path)
        return found

    @cached_property
    def gone(self) -> frozenset[str]:
        """The paths that the tree does not have any more, whether a commit says so or not yet."""
        listed = self._run("ls-tree", "-r", "-z", "--name-only", self._tip) if self.known else b""
        in_tip = os.fsdecode(listed).split("\0")[:-1]
        return frozenset(self.deleted) | {path for path in in_tip if path not in self._entries}

    @cached_property
    def gone_folders(self) -> frozenset[str]:
        """The folders of these paths."""
        return frozenset(folder for path in self.gone for folder in parents(path))

    def renamed(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the new names of those deleted paths that their commit renamed."""
        wanted = {(self.deleted[path].commit, path): path for path in paths if path in self.deleted}
        if not wanted:
            return {}
        commits = "".join(f"{commit}\n" for commit in sorted({commit for commit, _ in wanted}))
        ask = ("diff-tree", "--stdin", "-r", "-z", "--diff-filter=R", "--name-status")
        output = self._run(*ask, "-M", stdin=commits.encode())
        if not output and self.failed:  # without all contents only equal ones can be compared
            output = self._run(*ask, "-M100%", stdin=commits.encode())
        return {
            wanted[commit, old]: new
            for commit, old, new in _renames(output)
            if (commit, old) in wanted
        }

    def branches_with(self, paths: Collection[str]) -> dict[str, str]:
        """Return the first branch that has each of the paths, for those that some branch has."""
        names = [path for path in paths if "\n" not in path]
        if not names or not self.known:
            return {}
        listed = self._run("for-each-ref", "--format=%(refname)", *_BRANCHES).splitlines()
        branches = [os.fsdecode(row) for row in listed if not row.endswith(b"/HEAD")]
        asked = [(ref, path) for path in names for ref in branches[:_MOST_BRANCHES]][:_MOST_PLACES]
        found: dict[str, str] = {}
        for ref, path in self._present(asked):
            found.setdefault(path, ref.split("/", 2)[2])
        return found

    def in_tip(self, paths: Iterable[str]) -> dict[str, str]:
        """Return those paths that the last commit still has, though the tree has not."""
        names = [(self._tip, path) for path in paths if "\n" not in path] if self.known else []
        return {path: commit for commit, path in self._present(names)}

    def _present(self, asked: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the pairs (name of a commit, path) that are files or folders."""
        questions = "".join(f"{name}:{path}\n" for name, path in asked)
        output = (
            self._run("cat-file", "--batch-check", stdin=os.fsencode(questions)) if asked else b""
        )
        for pair, answer in zip(asked, output.splitlines(), strict=False):
            if answer.split(b" ")[1:2] in ([b"blob"], [b"tree"]):
                yield pair

    def first_commits(self, paths: Collection[str]) -> dict[str, Event]:
        """Return the commit that first added each path, for those that some commit did."""
        names = [path for path in paths if "\n" not in path]
        if not names or self._changes is None:
            return {}
        return {path: event for _, path, event in self._changes.added(names)}

    def ever_added(
        self, wanted: Callable[[str], bool], patterns: Sequence[str]
    ) -> Iterator[tuple[str, Event]]:
        """Yield those paths that any ref ever had, each with a commit that added it.

        `wanted` depends on nothing but the patterns.
        """
        for _, path, event in self._changes.ever_added(wanted, patterns) if self._changes else ():
            yield path, event

    def written(self, path: str, lines: Collection[int], data: bytes | None) -> dict[int, str]:
        """Return the commit in which each line was written; `data` is what is not committed yet.

        Lines that no commit has, and those older than a shallow clone knows, are left out.
        """
        if not self.known or not lines or "\n" in path:
            return {}
        ranges = [f"-L{line},{line}" for line in sorted(lines)]
        where = [self._tip] if data is None else ["--contents", "-"]
        options = ("blame", "--no-textconv", "--porcelain", *ranges, *where, "--", path)
        output = self._run(*options, stdin=data or b"")
        found: dict[int, str] = {}
        for row in output.split(b"\n"):
            match = None if row.startswith(b"\t") else _BLAMED.match(row)
            if match and match[1].strip(b"0"):
                found[int(match[2])] = match[1].decode()
        return {line: commit for line, commit in found.items() if commit not in self.shallow}

    def ignored_by(self, paths: Collection[str]) -> dict[str, str]:
        """Return, for each path that is git-ignored, `file:line pattern` that says so."""
        questions = b"".join(os.fsencode(path) + b"\0" for path in paths)
        if self._git is None or not questions:
            return {}
        try:
            output = self._git.run(
                "check-ignore", "--no-index", "-v", "-z", "--stdin", stdin=questions
            )
        except GitError:  # it ends like this where none of them is ignored
            return {}
        fields = [os.fsdecode(row) for row in output.split(b"\0")]
        rows = zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4], strict=False)
        return {
            path: f"{source}:{line} {pattern}"
            for source, line, pattern, path in rows
            if not pattern.startswith("!")
        }

    def contents(self, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Return the bytes of each (commit, path) that is a file of that commit."""
        names = [pair for pair in dict.fromkeys(asked) if "\n" not in pair[1]]
        if not names:
            return {}
        questions = "".join(f"{commit}:{path}\n" for commit, path in names)
        output = self._run("cat-file", "--batch", stdin=os.fsencode(questions))
        return dict(_blobs(names, output))

    @property
    def _tip(self) -> str:
        return self._git.tip if self._git else ""

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        if self._git is None:
            return b""
        try:
            return self._git.run(*arguments, stdin=stdin)
        except GitError as error:
            self._failed |= "no such path" not in str(error)  # a document that is not committed yet
            return b""


def _renames(output: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield (commit, old path, new path) of a NUL-ended list of renames."""
    fields = iter(output.split(b"\0"))
    commit = ""
    for field in fields:
        if re.fullmatch(rb"[0-9a-f]{40,64}", field):
            commit = field.decode()
        elif re.fullmatch(rb"R\d+", field):
            yield commit, os.fsdecode(next(fields)), os.fsdecode(next(fields))


def _blobs(
    names: Sequence[tuple[str, str]], output: bytes
) -> Iterator[tuple[tuple[str, str], bytes]]:
    at = 0
    for name in names:
        end = output.find(b"\n", at)
        if end < 0:
            return
        head = output[at:end].split(b" ")
        at = end + 1
        if len(head) == 3 and head[2].isdigit():
            size = int(head[2])
            if head[1] == b"blob":
                yield name, output[at : at + size]
            at += size + 1


def by_document(rows: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    """Group (document, line) pairs by document."""
    found: dict[str, set[int]] = defaultdict(set)
    for document, line in rows:
        found[document].add(line)
    return found
