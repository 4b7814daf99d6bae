"""Judges a reference whose target is there: tracked, not empty, with the cited lines."""

from __future__ import annotations

from occ_audit.checks._evidence.content import emptiness, is_lfs_pointer
from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.resolve import possible_paths
from occ_audit.checks._evidence.verdicts import Judgement, Verdict, untracked
from occ_audit.documents import Candidate
from occ_audit.model import Reference, ReferenceKind
from occ_audit.reading import EntryKind


def present(candidate: Candidate, reference: Reference, found: str, context: Context) -> Judgement:
    """Return whether what is there is in git, holds anything, and has the cited place."""
    paths = context.paths
    is_folder = found in paths.folders
    row = Judgement(candidate, Verdict.EXISTS, f"{found}/" if is_folder and found else found)
    is_pattern = not is_folder and found not in paths.entries
    if is_pattern or not found:  # the root is always there
        return row
    if not paths.tracked(found):
        return untracked(row, "git does not track it")
    if found == paths.submodule(found):
        return unfetched_module(row, found, context)
    if reference.kind is ReferenceKind.FOLDER and context.evidence:
        return _folder(row, found, context)
    if reference.anchor:
        return with_anchor(row, reference, found, context)
    if reference.lines:
        return _with_lines(row, reference, found, context)
    return _with_content(row, found, context) if context.evidence and not is_folder else row


def with_anchor(row: Judgement, reference: Reference, found: str, context: Context) -> Judgement:
    """Return whether the document has the heading that is linked to."""
    anchors = context.files.anchors(found)
    by_github = not context.paths.sites.have(found)
    anchor = reference.anchor
    if anchors is None or anchors.has(anchor, by_github=by_github):
        return row
    near = anchors.near(anchor)
    return row._replace(
        verdict=Verdict.ANCHOR,
        target=f"{row.target}#{anchor}",
        reason=f"did you mean #{near}?" if near else "no heading makes it",
        rule="reference-anchor",
        next_step=f"Write #{near}." if near else "Link to a heading that is there.",
    )


def _with_content(row: Judgement, found: str, context: Context) -> Judgement:
    if found == context.path:
        return row
    data = context.files.content(found)
    if context.paths.dangling(found):
        return row._replace(
            verdict=Verdict.MISSING,
            reason="it is a symbolic link to nothing",
            rule="evidence-missing",
            next_step="Commit what the link leads to, or correct the link.",
        )
    if data is None:
        return row
    if context.paths.on_disk and is_lfs_pointer(data):
        return _unfetched(row)
    reason = emptiness(data)
    if not reason:
        return row
    return row._replace(
        verdict=Verdict.EMPTY,
        reason=reason,
        rule="evidence-empty-file",
        next_step="Write the evidence, or mark the reference as planned.",
    )


def unfetched_module(row: Judgement, module: str, context: Context) -> Judgement:
    """Return the judgement for what is in a submodule, as long as the disk was not asked."""
    where = "it is" if row.target == module else "inside"
    return row._replace(
        verdict=Verdict.UNFETCHED,
        reason=f"{where} the submodule {module}, which is not fetched",
        rule="evidence-not-fetched" if context.evidence else "",
        next_step="Run `git submodule update --init` to have it checked.",
    )


def _unfetched(row: Judgement) -> Judgement:
    return row._replace(
        verdict=Verdict.UNFETCHED,
        reason="git LFS has not fetched it",
        rule="evidence-not-fetched",
        next_step="Run `git lfs pull` to have it checked.",
    )


def _folder(row: Judgement, found: str, context: Context) -> Judgement:
    entry = context.paths.entries.get(found)
    if entry is not None and entry.kind is EntryKind.FILE:
        return row._replace(
            verdict=Verdict.MISSING,
            target=f"{found}/",
            reason=f"{found} is a file",
            rule="evidence-missing",
            next_step="Write it without the slash at the end.",
        )
    if entry is not None or not context.paths.empty(found):
        return row
    return row._replace(
        verdict=Verdict.EMPTY,
        reason="the folder holds no evidence",
        rule="evidence-empty-folder",
        next_step="Commit the evidence, or correct the reference.",
    )


def _with_lines(row: Judgement, reference: Reference, found: str, context: Context) -> Judgement:
    count = context.files.line_count(found)
    first, last = reference.lines or (1, 1)
    if count is None:
        return row._replace(reason="no file, so its lines are not counted")
    if _ambiguous(reference, found, context):
        return row._replace(reason="several files have that name, so lines are not counted")
    if context.files.is_pointer(found):
        return _unfetched(row) if context.evidence else row
    if 1 <= first <= last <= count:
        return row
    if first < 1:
        reason = "lines count from 1"
    elif last < first:
        reason = "the range is inverted"
    else:
        reason = f"the file has {count} line{'' if count == 1 else 's'}"
    return row._replace(
        verdict=Verdict.LINES,
        reason=reason,
        rule="evidence-lines",
        next_step="Cite the lines where the text stands now.",
    )


def _ambiguous(reference: Reference, found: str, context: Context) -> bool:
    """Say whether it was found by its name alone, and several files have that name."""
    several = len(context.paths.named(found.rpartition("/")[2])) > 1
    return several and found not in possible_paths(reference, context)
