"""Runs the real git-filter-repo on a temporary mirror, and says what came of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from occ_audit import git_process
from occ_audit.errors import AuditError
from occ_audit.repository import Ref, Repository
from occ_audit.scrub.plan import Plan

MESSAGES, TEXTS, BLOBS = "replace-message.txt", "replace-text.txt", "strip-blobs.txt"
PATHS, REFS, AUTHORS = "path-renames.txt", "ref-renames.txt", "mailmap.txt"

_OPTIONS = {
    TEXTS: "--replace-text",
    MESSAGES: "--replace-message",
    BLOBS: "--strip-blobs-with-ids",
    PATHS: "--paths-from-file",
    AUTHORS: "--mailmap",
}
KEEP_ALL = ("--force", "--prune-empty", "never", "--prune-degenerate", "never")
"""No commit is left out because it became empty: counts before and after can be compared."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a rewrite did."""

    mirror: Repository
    commits: int
    """All commits before."""
    commits_changed: int
    refs_before: Mapping[str, Ref]
    refs_after: Mapping[str, Ref]

    def moved(self, prefix: str) -> list[str]:
        """Return the refs below `prefix` that name something else now, or are gone."""
        after = self.refs_after
        return [
            name
            for name, ref in sorted(self.refs_before.items())
            if name.startswith(prefix) and (name not in after or after[name].oid != ref.oid)
        ]

    def count(self, prefix: str) -> int:
        """Return how many refs there were below `prefix`."""
        return sum(name.startswith(prefix) for name in self.refs_before)


def file_options(names: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return the options of git-filter-repo, each with its file, for those that are not empty."""
    return [(option, name) for name, option in _OPTIONS.items() if names.get(name)]


def dry_run(repository: Repository, plan: Plan, files: Path, folder: Path) -> Rewritten:
    """Rewrite a mirror of the repository in `folder`, with the plan's files; touches nothing else.

    Raises AuditError where git-filter-repo is missing or fails.
    """
    program = _program()
    place = folder / "rewrite.git"
    source = str(repository.git_dir if repository.bare else repository.root)
    _run(["clone", "--quiet", "--mirror", "--no-local", "--", source, str(place)], folder)
    mirror = _opened(place)
    _rename_refs(mirror, plan.refs)
    before, commits = _refs(mirror), _commits(mirror)
    contents = {name: (files / name).read_bytes() for name in _OPTIONS if (files / name).is_file()}
    options = [
        part for option, name in file_options(contents) for part in (option, str(files / name))
    ]
    done = subprocess.run(
        [*program, *KEEP_ALL, "--quiet", *options],
        cwd=place,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise AuditError(
            f"git-filter-repo could not rewrite the mirror: {said}",
            where=str(repository.root),
            mend="`git fsck` may say more; run the steps of scrub.sh by hand to see all output.",
        )
    mirror = _opened(place)
    return Rewritten(mirror, len(commits), len(commits - _commits(mirror)), before, _refs(mirror))


def _program() -> list[str]:
    if importlib.util.find_spec("git_filter_repo"):
        # -P: what lies in the current folder is not imported.
        return [sys.executable, "-P", "-m", "git_filter_repo"]
    if found := shutil.which("git-filter-repo"):
        return [found]
    raise AuditError(
        "git-filter-repo was not found",
        mend="Install it: `pip install 'occ-audit[scrub]'` or `pip install git-filter-repo`.",
    )


def _environment() -> dict[str, str]:
    return git_process.environment() | {"GIT_ALLOW_PROTOCOL": "file", "PYTHONIOENCODING": "utf-8"}


def _run(arguments: list[str], folder: Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        git_process.command(arguments),
        cwd=folder,
        env=_environment(),
        input=stdin,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise AuditError(
            f"git could not make a mirror: {said}",
            mend="Shallow and partial clones do not hold the whole history: fetch all of it first.",
        )
    return done.stdout


def _opened(place: Path) -> Repository:
    found = Repository.discover(place)
    if found is None:
        raise AuditError("the mirror is no repository", where=str(place), mend="Try once more.")
    return found


def _refs(mirror: Repository) -> dict[str, Ref]:
    return {name: ref for name, ref in mirror.refs().items() if name.startswith("refs/")}


def _rename_refs(mirror: Repository, renames: tuple[tuple[str, str], ...]) -> None:
    """Rename first: git-filter-repo writes the names that it finds into files of its own."""
    refs = mirror.refs()
    rows = [f"create {new} {refs[old].oid}\ndelete {old}\n" for old, new in renames if old in refs]
    mirror.run("update-ref", "--stdin", stdin=os.fsencode("".join(rows)))
    head = mirror.run("symbolic-ref", "HEAD").decode("utf-8", "surrogateescape").strip()
    if head in dict(renames):
        mirror.run("symbolic-ref", "HEAD", dict(renames)[head])


def _commits(mirror: Repository) -> set[bytes]:
    """Return all commits; the map of git-filter-repo leaves out those of notes."""
    return set(mirror.run("rev-list", "--all").split())
