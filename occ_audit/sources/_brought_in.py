"""Asks which commits brought objects in, and under which paths."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from occ_audit.git_process import GitError, ended_with
from occ_audit.model import Origin
from occ_audit.repository import Repository

OBJECTS_AT_ONCE = 500
"""How many objects one pass over the changes asks about."""
_COMPARE = ("diff-tree", "--stdin", "-r", "-t", "-m", "--root", "-z", "--raw", "--no-abbrev")

Asking = tuple[tuple[str, ...], frozenset[str]]
"""Some objects, and the commits that are asked about them."""


class BroughtIn:
    """Tells each of some objects that one of some commits has and a parent of it has not.

    Of the same objects and commits git is asked once.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._running: dict[Asking, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
        self._known: dict[Asking, Sequence[tuple[str, Origin]]] = {}

    def expect(self, oids: tuple[str, ...], commits: frozenset[str]) -> None:
        """Have git look for what will be asked, beside all else."""
        if (oids, commits) in self._running or (oids, commits) in self._known:
            return
        with tempfile.TemporaryFile() as questions:
            questions.write("".join(f"{commit}\n" for commit in sorted(commits)).encode())
            questions.seek(0)
            # A path can hold a secret, so the file has no name and is gone with the process.
            answer = tempfile.TemporaryFile()  # noqa: SIM115 - it is read later
            objects = (f"--find-object={oid}" for oid in oids)
            process = self._repository.start(*_COMPARE, *objects, stdin=questions, stdout=answer)
        self._running[oids, commits] = ended_with(self, process), answer

    def __call__(
        self, oids: tuple[str, ...], commits: frozenset[str]
    ) -> Sequence[tuple[str, Origin]]:
        """Return them, each with commit and path; raises GitError where a tree is missing."""
        asked = oids, commits
        if asked not in self._known:
            self.expect(*asked)
            process, answer = self._running.pop(asked)
            with answer:
                if process.wait():
                    raise GitError("git could not compare commits", process.returncode)
                answer.seek(0)
                self._known[asked] = list(_rows(answer.read(), frozenset(oids)))
        return self._known[asked]


def parts(commits: Mapping[str, str]) -> Iterator[Asking]:
    """Yield the objects that commits brought in, some at once, with these commits."""
    asked = sorted(oid for oid, commit in commits.items() if commit not in ("", oid))
    for first in range(0, len(asked), OBJECTS_AT_ONCE):
        part = tuple(asked[first : first + OBJECTS_AT_ONCE])
        yield part, frozenset(commits[oid] for oid in part)


def _rows(said: bytes, wanted: frozenset[str]) -> Iterator[tuple[str, Origin]]:
    commit = ""
    seen: set[tuple[str, Origin]] = set()
    fields = iter(said.split(b"\0")[:-1])
    for field in fields:
        if not field.startswith(b":"):
            commit = field.decode()
            continue
        oid, path = field.split(b" ")[3].decode(), next(fields)
        one = oid, Origin("blob", os.fsdecode(path), commit)
        if oid in wanted and one not in seen:
            seen.add(one)
            yield one
