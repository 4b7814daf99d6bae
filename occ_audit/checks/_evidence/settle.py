"""Settles what only the disk and git can say, once for all documents: why, since when, in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from occ_audit.checks._evidence.drift import drifted
from occ_audit.checks._evidence.files import Files
from occ_audit.checks._evidence.history import Past, by_document
from occ_audit.checks._evidence.judged import Judged
from occ_audit.checks._evidence.paths import Paths
from occ_audit.checks._evidence.reasons import explained
from occ_audit.checks._evidence.unchanged import unchanged
from occ_audit.checks._evidence.verdicts import Judgement, Verdict, untracked
from occ_audit.model import Origin, ReferenceKind
from occ_audit.reading import Coverage, Tree

_LIVE = frozenset({"working tree", "index"})
"""Trees whose documents may hold lines that are not committed yet."""


class Ground(NamedTuple):
    """What judgements are settled on."""

    tree: Tree
    files: Files
    past: Past
    coverage: Coverage
    late_days: int
    drift: bool
    late: bool

    @property
    def paths(self) -> Paths:
        """The paths of the tree."""
        return self.files.paths


def settled(rows: Sequence[Judged], ground: Ground) -> list[Judged]:
    """Return the judgements with what the disk and the history say of them, in their order."""
    settled_rows = _on_disk(rows, ground)
    settled_rows = explained(settled_rows, ground.paths, ground.past)
    if ground.drift:
        settled_rows = _drift(settled_rows, ground)
    if ground.late:
        settled_rows = _late(settled_rows, ground)
    _say_what_is_not_known(settled_rows, ground)
    return settled_rows


def _on_disk(rows: Sequence[Judged], ground: Ground) -> list[Judged]:
    """Tell what is missing from what is there, but ignored, empty, or in a fetched submodule."""
    targets = _targets(rows, Verdict.MISSING, Verdict.UNFETCHED)
    if not targets:
        return list(rows)
    modules = {target: ground.paths.submodule(target) for target in targets}
    asked = {*targets, *(f"{module}/.git" for module in modules.values() if module)}
    there = ground.tree.ignored(sorted(asked))
    outside_modules = [path for path in sorted(there) if not modules.get(path, path)]
    ignored = ground.past.ignored_by(outside_modules)

    def settle(row: Judgement) -> Judgement:
        path = row.target.rstrip("/")
        module = modules.get(path, "")
        if module:
            fetched = f"{module}/.git" in there
            return _in_module(row, path in there if path != module else fetched, fetched)
        if path not in there:
            return row
        if path in ignored:
            return untracked(row, f"ignored by {ignored[path]}")
        if path in ground.past.deleted_folders:
            return row
        if ground.past.known and row.target.endswith("/"):
            return _empty_folder(row)
        return untracked(row, "it is git-ignored")

    return _mapped(rows, settle, Verdict.MISSING, Verdict.UNFETCHED)


def _in_module(row: Judgement, there: bool, fetched: bool) -> Judgement:
    if there:
        return row._replace(verdict=Verdict.EXISTS, reason="in a submodule", rule="")
    if not fetched or row.verdict is not Verdict.UNFETCHED:
        return row
    reason = row.reason.removesuffix(", which is not fetched")
    return row._replace(verdict=Verdict.UNCHECKED, reason=reason, rule="")


def _empty_folder(row: Judgement) -> Judgement:
    return row._replace(
        verdict=Verdict.EMPTY,
        reason="the folder is on this disk, but git keeps no empty folder",
        rule="evidence-empty-folder",
        next_step="Put the evidence in it and commit that.",
    )


def _drift(rows: Sequence[Judged], ground: Ground) -> list[Judged]:
    """Compare cited lines with what they said in the commit that the citing line is from."""
    citing = [row for row in rows if _cites_lines(row)]
    commits = _written(citing, ground)
    wanted = {
        (commits[row.document, row.location.line], row.judgement.target)
        for row in citing
        if (row.document, row.location.line) in commits
    }
    contents = ground.past.contents(sorted(wanted))

    def settle(row: Judged) -> Judged:
        commit = commits.get((row.document, row.location.line), "")
        then = contents.get((commit, row.judgement.target))
        reference = row.judgement.candidate.reference
        if then is None or reference is None or reference.lines is None:
            return row
        now = ground.files.content(row.judgement.target)
        if now is None:
            return row
        fate = drifted(then, now, *reference.lines)
        if not fate:
            return row
        cited = "-".join(map(str, dict.fromkeys(reference.lines)))
        return row._replace(judgement=_drifted(row.judgement, cited, fate, commit))

    return [settle(row) if _cites_lines(row) else row for row in rows]


def _cites_lines(row: Judged) -> bool:
    reference = row.judgement.candidate.reference
    return (
        row.judgement.verdict is Verdict.EXISTS
        and reference is not None
        and reference.lines is not None
        and not row.judgement.target.endswith("/")
        and row.judgement.target != row.document
    )


def _written(rows: Sequence[Judged], ground: Ground) -> dict[tuple[str, int], str]:
    """Return the commit of each citing line, by document and line."""
    found: dict[tuple[str, int], str] = {}
    cited: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        cited[row.document].add(row.judgement.target)
    same = unchanged(cited, ground.tree.history, ground.files) if ground.tree.history else set()
    for document, lines in by_document((row.document, row.location.line) for row in rows).items():
        if document in same:
            continue
        live = ground.tree.label in _LIVE
        data = ground.files.content(document) if live else None
        written = ground.past.written(document, lines, data)
        found |= {(document, line): commit for line, commit in written.items()}
    return found


def _drifted(row: Judgement, lines: str, fate: str, commit: str) -> Judgement:
    return row._replace(
        verdict=Verdict.DRIFTED,
        target=f"{row.target}:{lines}",
        reason=f"it no longer says what it said in commit {commit[:12]}, when it was cited: {fate}",
        rule="evidence-drift",
        next_step="Cite the lines that are meant, or a commit that has them.",
    )


def _late(rows: Sequence[Judged], ground: Ground) -> list[Judged]:
    """Find what came into git long after the entry that says it is there."""
    dated = [row for row in rows if row.degree and row.entry]
    targets = _targets(dated, Verdict.EXISTS)
    files = [path for path in targets if path in ground.tree.entries]
    first = ground.past.first_commits(files)

    def settle(row: Judged) -> Judged:
        event = first.get(row.judgement.target)
        # Where the history begins nothing tells for how long the file had been there before.
        if event is None or row.entry is None or not row.degree or not event.parents:
            return row
        if event.commit in ground.past.shallow or event.day is None:
            return row
        if (event.day - row.entry.day).days <= ground.late_days:
            return row
        reason = f"commit {event.commit[:12]} added it on {event.date}"
        judgement = row.judgement._replace(
            verdict=Verdict.LATE,
            reason=reason,
            rule="evidence-late",
            next_step="Date the entry that brings the evidence.",
        )
        return row._replace(judgement=judgement)

    return [settle(row) if row.judgement.verdict is Verdict.EXISTS else row for row in rows]


def _say_what_is_not_known(rows: Iterable[Judged], ground: Ground) -> None:
    """Say once that the past could not be asked, where that would have mattered."""
    asked = any(row.judgement.verdict is Verdict.MISSING or _cites_lines(row) for row in rows)
    if not asked:
        return
    if not ground.past.known:
        reason = "there is none: what became of missing evidence and cited lines is not known"
    elif ground.past.shallow:
        reason = "the clone is shallow: what became of older evidence and lines is not known"
    elif ground.past.failed:
        reason = "a part is missing: what became of some evidence and lines is not known"
    else:
        return
    ground.coverage.skip(Origin("history"), reason, requested=True)


def _targets(rows: Iterable[Judged], *verdicts: Verdict) -> set[str]:
    return {
        row.judgement.target.rstrip("/")
        for row in rows
        if row.judgement.verdict in verdicts and not _is_pattern(row.judgement)
    }


def _is_pattern(row: Judgement) -> bool:
    reference = row.candidate.reference
    return reference is not None and reference.kind is ReferenceKind.GLOB


def _mapped(
    rows: Iterable[Judged], settle: Callable[[Judgement], Judgement], *verdicts: Verdict
) -> list[Judged]:
    return [
        row._replace(judgement=settle(row.judgement)) if row.judgement.verdict in verdicts else row
        for row in rows
    ]
