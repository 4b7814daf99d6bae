"""Tells which documents cite files that have not changed since any of their lines was written.

Of these nobody need ask who wrote which line, which takes a process of git for each document.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Mapping

from occ_audit.blob import as_stored, blob_id
from occ_audit.checks._evidence.changes import changes
from occ_audit.checks._evidence.files import Files
from occ_audit.git_process import GitError
from occ_audit.reading import TreeHistory

FEW = 20
"""So many documents are asked one by one sooner than all commits are read."""
_MOST_PAIRS = 500_000
_CHANGED = ("log", "-c", "--no-renames", "--name-status", "-z", "--format=%x02%H %cs %P")

_Pair = tuple[str, str]
"""A commit and a path."""


def unchanged(cited: Mapping[str, Collection[str]], git: TreeHistory, files: Files) -> set[str]:
    """Return those of many documents whose cited files are what they were in each of its commits.

    `cited` has the files by document. Of few documents, and where a part of the history is
    missing, none is returned.
    """
    if len(cited) <= FEW:
        return set()
    try:
        commits = _changing(cited.keys(), git)
        pairs = {doc: {(c, path) for c in at for path in cited[doc]} for doc, at in commits.items()}
        asked = sorted(set().union(*pairs.values()))
        then = _oids(asked, git) if len(asked) <= _MOST_PAIRS else {}
    except GitError:
        return set()
    same = {pair for pair, oid in then.items() if _is_now(pair[1], oid, files)}
    return {document for document, of_it in pairs.items() if of_it <= same}


def _changing(documents: Collection[str], git: TreeHistory) -> dict[str, set[str]]:
    """Return the commits that changed each document.

    One that may have had another name before is left out: its lines can be older.
    """
    found: dict[str, set[str]] = defaultdict(set)
    added: dict[str, set[str]] = defaultdict(set)
    deleting = set()
    for status, path, event in changes(git.run(*_CHANGED, git.tip)):
        if "D" in status:
            deleting.add(event.commit)
        elif path in documents:
            found[path].add(event.commit)
            if "A" in status:
                added[path].add(event.commit)
    return {path: at for path, at in found.items() if deleting.isdisjoint(added[path])}


def _oids(pairs: Collection[_Pair], git: TreeHistory) -> dict[_Pair, str]:
    """Return the object that each commit has at each path, where it has a file there."""
    asked = [pair for pair in pairs if "\n" not in pair[1]]
    questions = "".join(f"{commit}:{path}\n" for commit, path in asked)
    said = git.run("cat-file", "--batch-check=%(objectname)", stdin=os.fsencode(questions))
    rows = zip(asked, said.decode("utf-8", "replace").split("\n")[:-1], strict=True)
    return {pair: oid for pair, oid in rows if " " not in oid}


def _is_now(path: str, oid: str, files: Files) -> bool:
    data = files.content(path)
    return data is not None and blob_id(as_stored(data, oid), oid) == oid
