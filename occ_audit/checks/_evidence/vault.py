"""Paths that are declared secret must not be in git: now, in any commit, or one step before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from occ_audit.checks._evidence.degree import not_about_now
from occ_audit.checks._evidence.history import Past
from occ_audit.reading import Tree
from occ_audit.setting_types import path_matcher

TRACKED = "evidence-vault-tracked"
HISTORY = "evidence-vault-history"
UNIGNORED = "evidence-vault-unignored"
STEP = "Rotate what it holds, `git rm --cached` it and add it to .gitignore."
REWRITE = "Rotate what it held, then rewrite the history."
IGNORE = "Add it to .gitignore: one `git add .` away it is in git."


class Exposure(NamedTuple):
    """A secret path and where git has it."""

    rule: str
    path: str
    message: str
    next_step: str
    commit: str = ""


def exposures(tree: Tree, past: Past | None, patterns: Sequence[str]) -> Iterator[Exposure]:
    """Yield the secret paths of a tree and, where a past is given, of all commits.

    Test data is left out.
    """
    matches = path_matcher(patterns)

    def secret(path: str) -> bool:
        return matches(path) and not not_about_now(path)

    for path, entry in sorted(tree.entries.items()):
        if secret(path):
            if entry.tracked:
                message = f"{path} must never be in git, but git tracks it"
                yield Exposure(TRACKED, path, message, STEP)
            else:
                message = f"{path} must never be in git, but no .gitignore names it"
                yield Exposure(UNIGNORED, path, message, IGNORE)
    seen: set[str] = set(tree.entries)
    if past is None:
        return
    for path, event in past.ever_added(secret, patterns):
        if path not in seen:
            seen.add(path)
            message = (
                f"{path} must never be in git, but commit {event.commit[:12]}"
                f" of {event.date} added it"
            )
            yield Exposure(HISTORY, path, message, REWRITE, event.commit)
