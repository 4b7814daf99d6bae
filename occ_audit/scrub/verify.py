"""Proves that secrets are gone, or names where they are left: everywhere git may keep something."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from occ_audit.masking import Masker
from occ_audit.model import Batch, Finding, Location, Origin, Severity, Skipped
from occ_audit.reading import Coverage, Progress
from occ_audit.repository import Repository, without_login
from occ_audit.scrub import _read, _remote
from occ_audit.scrub.expressions import is_sure
from occ_audit.scrub.leftovers import Leftover, in_object, in_text
from occ_audit.scrub.literals import Literals
from occ_audit.scrub.wanted import Known, Wanted
from occ_audit.secret import Secret
from occ_audit.settings import Config
from occ_audit.sources import Request, history, worktree
from occ_audit.sources._git_files import git_files, ref_names

Skip = Callable[[Origin, str], None]
Candidates = Callable[[Batch, Skip], Iterable[tuple[Secret, Location, bool]]]
"""Yields all that any rule's pattern matches, and whether the validators keep it; tells what is
packed or encoded so that it was not looked into."""

LOCAL, REMOTE = "here", "remote"
_UNFINISHED = "a git that was interrupted left it; `git gc --prune=now` removes it"
SPELLING = Known("", "plan", "", "a text of the plan")
"""Stands for a spelling that the plan replaces."""


@dataclass(frozen=True, slots=True)
class Side:
    """What was looked at: this repository, or the remote."""

    name: str
    where: str
    refs: Mapping[str, str]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    wanted: Wanted
    leftovers: tuple[Leftover, ...]
    skipped: tuple[Skipped, ...]
    sides: tuple[Side, ...]
    unchecked: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """True where everything that is there to be looked at was."""
        return all(row.requested for row in self.skipped)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be verified."""

    repository: Repository
    wanted: Wanted
    candidates: Candidates
    max_bytes: int
    jobs: int
    progress: Progress
    remote: str = ""
    texts: frozenset[bytes] = field(default=frozenset(), repr=False)
    """Spellings of a plan, which are looked for whatever the rules say."""


def verify(task: Task) -> Verification:
    """Look everywhere for the secrets of the task."""
    look = _Look(task)
    coverage = look.coverage
    leftovers, side = _repository(task, task.repository, look, coverage, LOCAL)
    leftovers += _disk(task, look, coverage)
    sides = [side]
    if task.remote:
        with tempfile.TemporaryDirectory(prefix="occ-audit-") as folder:
            found, side = _of_remote(task, Path(folder), look, coverage)
        leftovers += found
        sides.append(side)
    mask = Masker({v for secret in look.found for v in secret.variants} | task.texts)
    return Verification(
        wanted=task.wanted,
        leftovers=tuple(sorted({_masked(row, mask) for row in leftovers})),
        skipped=tuple(_masked_skip(row, mask) for row in coverage.skipped),
        sides=tuple(_masked_side(one, mask) for one in sides),
        unchecked=tuple(_unchecked(task)),
    )


_Hit = tuple[Known, Location]


class _Look:
    """Yields the wanted secrets of a batch, and remembers what is to be masked."""

    def __init__(self, task: Task) -> None:
        self.found: set[Secret] = set()
        self.coverage = Coverage()
        self._task = task
        self._literals = Literals(task.texts)

    def __call__(self, batch: Batch) -> Iterator[_Hit]:
        for secret, place, kept in self._task.candidates(batch, self.coverage.skip):
            # What is dropped may be an innocent word, should a password be one.
            if not kept and not is_sure(secret.reveal()):
                continue
            if known := self._task.wanted.find(secret):
                self.found.add(secret)
                yield known, place
        for one in self._literals.find(batch):
            oid, end, line = one.content.oid, one.start + len(one.text), one.line
            place = Location(oid, one.start, end, line, 1, line, 1, "", (one.content.origin,))
            yield self._task.wanted.find(Secret(one.text)) or SPELLING, place


def _repository(
    task: Task, repository: Repository, look: _Look, coverage: Coverage, side: str
) -> tuple[list[Leftover], Side]:
    """Look at every object, every name in a tree, every ref, and the files of git itself."""
    config = Config(max_bytes=task.max_bytes)
    source = history.open_source(Request((repository.root,), repository, config))
    hits = _read.everything(source.objects(task.jobs), task.jobs, look)
    attributed = source.attribute(_findings(hits), task.progress)
    leftovers = [in_object(row, hits[int(row.fingerprint)][0], side) for row in attributed]
    names = _read.tree_names(repository)
    refs = {name: ref.oid for name, ref in repository.refs().items()}
    texts = [_read.names(names.items()), ref_names(refs)]
    if side == LOCAL:
        texts.append(git_files(repository, coverage, task.max_bytes))
        for path in sorted(_read.unfinished(repository)):
            coverage.skip(Origin("git", path), _UNFINISHED)
    for known, place in _read.everything(texts, task.jobs, look):
        leftovers.append(in_text(known, place, side))
    coverage.add({}, source.coverage.skipped)
    counters = {**source.coverage.counts, "names": len(names), **coverage.counts}
    return leftovers, Side(side, str(repository.root), refs, counters)


def _of_remote(
    task: Task, folder: Path, look: _Look, coverage: Coverage
) -> tuple[list[Leftover], Side]:
    task.progress("fetching", 0, 0)
    fetched = _remote.fetch(task.remote, folder)
    if fetched.problem:
        coverage.skip(Origin("remote", task.remote), fetched.problem)
    own = Coverage()
    leftovers, side = _repository(task, fetched.repository, look, own, REMOTE)
    for row in own.skipped:
        coverage.skip(row.origin, f"remote: {row.reason}", requested=row.requested, count=row.count)
    return leftovers, replace(side, where=task.remote, refs=fetched.advertised)


def _findings(hits: Sequence[_Hit]) -> list[Finding]:
    """Return the hits as findings, so that the source says where they are."""
    return [
        Finding(known.rule_id, Severity.HIGH, "", (place,), fingerprint=str(number))
        for number, (known, place) in enumerate(hits)
    ]


def _disk(task: Task, look: _Look, coverage: Coverage) -> list[Leftover]:
    """Look at the files of all worktrees on disk, the ignored ones too."""
    leftovers = []
    for tree in _worktrees(task.repository, coverage):
        config = Config(max_bytes=task.max_bytes)
        source = worktree.open_source(Request((tree.root,), tree, config, include_ignored=True))
        prefix = "" if tree.root == task.repository.root else f"{tree.root}/"
        for known, place in _read.everything(source.partitions(task.jobs), task.jobs, look):
            row = in_text(known, place, LOCAL)
            leftovers.append(replace(row, path=prefix + row.path))
        coverage.count(files=source.coverage.counts.get("files", 0))
        for skipped in source.coverage.skipped:
            origin = replace(skipped.origin, path=prefix + skipped.origin.path)
            coverage.skip(origin, skipped.reason, requested=skipped.requested, count=skipped.count)
    return leftovers


def _worktrees(repository: Repository, coverage: Coverage) -> Iterator[Repository]:
    """Yield the main and the linked worktrees."""
    common = repository.common_dir
    folders = [] if common.name != ".git" else [common.parent]
    for file in sorted(common.glob("worktrees/*/gitdir")):
        folders.append(Path(file.read_text().strip()).parent)
    folders += [] if repository.bare or repository.root in folders else [repository.root]
    for folder in folders:
        found = Repository.discover(folder) if folder.is_dir() else None
        if found is None or found.bare or found.root != folder.resolve():
            reason = "worktree: its folder is not there"
            coverage.skip(Origin("worktree", str(folder)), reason)
        else:
            yield found


def _masked(row: Leftover, mask: Masker) -> Leftover:
    return replace(row, path=mask.name(row.path), refs=tuple(map(mask.name, row.refs)))


def _masked_skip(row: Skipped, mask: Masker) -> Skipped:
    origin = replace(row.origin, path=mask.name(without_login(row.origin.path)))
    return replace(row, origin=origin, reason=mask.name(row.reason))


def _masked_side(side: Side, mask: Masker) -> Side:
    return replace(
        side,
        where=mask.name(without_login(side.where)),
        refs={mask.name(name): oid for name, oid in side.refs.items()},
    )


def _unchecked(task: Task) -> Iterator[str]:
    """Say what no verification of this kind can tell."""
    if not task.texts:
        yield (
            "Spellings of a secret that no rule recognises: a report holds digests, not secrets. "
            "A search for the secrets themselves needs the plan (`--plan`)."
        )
    yield "Weak passwords, which may be innocent words, where no rule takes them for a secret."
    if task.remote:
        yield "What the host has but does not advertise: unreachable objects, hidden refs, caches."
    else:
        yield "The remote: none was named (`--remote`)."
    if task.wanted.accepted:
        yield f"{task.wanted.accepted} secrets that the report says are suppressed, so no leak."
    yield "Other clones, forks and mirrors; backups; releases, packages, images, logs of CI."
    yield "Whether the secrets were rotated."
