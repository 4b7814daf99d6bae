"""What stands around a history: refs, reflogs, the index, the line of HEAD, the remotes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from occ_audit.git_process import GitError
from occ_audit.repository import Ref, Repository, without_login

_PULL = ("refs/pull/", "refs/pull-requests/", "refs/merge-requests/", "refs/changes/")
_KINDS = {
    "refs/heads/": "branch",
    "refs/remotes/": "remote",
    "refs/tags/": "tag",
    "refs/notes/": "note",
    **dict.fromkeys(_PULL, "pull"),
    "refs/stash": "stash",
    "refs/replace/": "replace",
}
_HEADS = ("HEAD", "main-worktree/HEAD")


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote as the repository's configuration has it."""

    name: str
    url: str
    """Without user, password and query."""
    mirrored: bool
    """Its branches are fetched as this repository's own."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is asked once for all secrets."""

    refs: Mapping[str, Ref]
    remotes: tuple[Remote, ...]
    reflogs: Mapping[str, tuple[str, ...]]
    """By ref: the commits that its reflog names."""
    index: Mapping[str, tuple[str, ...]]
    """By blob: the paths at which the indexes of all worktrees have it."""
    line: tuple[str, ...]
    """The first-parent line of HEAD, oldest first."""
    ancestors: frozenset[str]
    """All commits that HEAD reaches."""
    bare: bool


def look_around(repository: Repository) -> Surroundings:
    """Ask git for all of it."""
    head = repository.head
    return Surroundings(
        refs=repository.refs(),
        remotes=tuple(_remotes(repository)),
        reflogs=_reflogs(repository),
        index=_index(repository),
        line=_walk(repository, "--first-parent", "--reverse", head) if head else (),
        ancestors=frozenset(_walk(repository, head)) if head else frozenset(),
        bare=repository.bare,
    )


def kind_of(ref: str) -> str:
    """Say what a ref is: branch, remote, tag, note, pull, stash, replace or other."""
    return next((kind for start, kind in _KINDS.items() if ref.startswith(start)), "other")


def is_head(ref: str) -> bool:
    """Say whether it is the HEAD of a worktree, which is no ref of its own."""
    return ref in _HEADS or (ref.startswith("worktrees/") and ref.endswith("/HEAD"))


def _walk(repository: Repository, *arguments: str) -> tuple[str, ...]:
    with contextlib.suppress(GitError):  # the scan has said what is missing
        return tuple(repository.run("rev-list", *arguments, "--").decode("ascii").split())
    return ()


def _remotes(repository: Repository) -> Iterator[Remote]:
    settings: dict[str, dict[str, list[str]]] = {}
    with contextlib.suppress(GitError):  # no remote at all is an error to git
        for row in repository.fields("config", "--null", "--get-regexp", r"^remote\..*\."):
            key, _, value = os.fsdecode(row).partition("\n")
            name, _, setting = key.removeprefix("remote.").rpartition(".")
            settings.setdefault(name, {}).setdefault(setting, []).append(value)
    for name, known in settings.items():
        for url in known.get("url", ())[:1]:
            yield Remote(name, without_login(url), mirrored=_is_mirror(known))


def _is_mirror(settings: Mapping[str, Sequence[str]]) -> bool:
    own = ("refs/*", "refs/heads/*")
    targets = (spec.partition(":")[2] for spec in settings.get("fetch", ()))
    return "true" in settings.get("mirror", ()) or any(target in own for target in targets)


def _reflogs(repository: Repository) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    # The repository's configuration could let git start a program that verifies signatures.
    quiet = ("--no-show-signature", "--no-ext-diff", "--no-patch", "--no-notes", "--no-mailmap")
    with contextlib.suppress(GitError):
        rows = repository.fields("log", "-g", "--all", "-z", *quiet, "--format=tformat:%H %gD")
        for row in rows:
            commit, _, name = os.fsdecode(row).partition(" ")
            found.setdefault(name.rpartition("@{")[0], {})[commit] = None
    return {name: tuple(commits) for name, commits in found.items()}


def _index(repository: Repository) -> dict[str, tuple[str, ...]]:
    common = repository.common_dir
    found: dict[str, tuple[str, ...]] = {}
    for index in (common / "index", *sorted(common.glob("worktrees/*/index"))):
        if index.is_file():
            for row in replace(repository, index_file=str(index)).ls_index():
                found[row.oid] = (*found.get(row.oid, ()), row.path)
    return found
