"""Says why a cited path is missing: where it went, who removed it, or that it never was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from occ_audit.checks._evidence.changes import Event
from occ_audit.checks._evidence.history import Past
from occ_audit.checks._evidence.judged import Judged
from occ_audit.checks._evidence.paths import Paths
from occ_audit.checks._evidence.verdicts import NOWHERE, Judgement, Verdict
from occ_audit.model import ReferenceKind

_CERTAIN = ("differs only in", "these commits", "it is a symbolic link")


class _Facts(NamedTuple):
    past: Past
    renamed: Mapping[str, str]
    in_tip: Mapping[str, str]
    branches: Mapping[str, str]
    added: Mapping[str, Event]


def explained(rows: Sequence[Judged], paths: Paths, past: Past) -> list[Judged]:
    """Return the judgements, with the fate of each missing path in its reason."""
    missing = {row.judgement.target.rstrip("/") for row in rows if _unexplained(row.judgement)}
    if not missing or not past.known:
        return list(rows)
    deleted = {path for path in missing if _departure(path, past)}
    rest = missing - deleted
    branches = past.branches_with(sorted(rest))
    facts = _Facts(
        past,
        past.renamed({past.deleted_folders.get(path, path) for path in deleted}),
        past.in_tip(sorted(rest)),
        branches,
        past.first_commits(sorted(rest - branches.keys())),
    )
    return [
        row._replace(judgement=_explain(row.judgement, paths, facts))
        if _unexplained(row.judgement)
        else row
        for row in rows
    ]


def _unexplained(row: Judgement) -> bool:
    reference = row.candidate.reference
    return (
        row.verdict is Verdict.MISSING
        and not row.reason.startswith(_CERTAIN)
        and reference is not None
        and reference.kind is not ReferenceKind.GLOB
    )


def _departure(path: str, past: Past) -> Event | None:
    last = path if path in past.deleted else past.deleted_folders.get(path, "")
    return past.deleted.get(last)


def _explain(row: Judgement, paths: Paths, facts: _Facts) -> Judgement:
    path = row.target.rstrip("/")
    event = _departure(path, facts.past)
    if event:
        return _departed(row, event, _new_name(path, facts), paths)
    if path in facts.in_tip:
        step = "Restore it with `git restore`, or correct the reference."
        return row._replace(reason="deleted here, but not in the last commit", next_step=step)
    if path in facts.branches:
        branch = facts.branches[path]
        step = f"Merge what {branch} has, or say where it is."
        return row._replace(reason=f"only on branch {branch}", next_step=step)
    if row.reason != NOWHERE or facts.past.shallow or facts.past.failed:
        return row
    if path in facts.added:
        event = facts.added[path]
        return row._replace(reason=f"commit {event.commit[:12]} had it, a merge dropped it")
    return row._replace(reason="never existed")


def _new_name(path: str, facts: _Facts) -> str:
    """Return what a file was renamed to, or where the last file of a folder went with its name."""
    if path in facts.past.deleted:
        return facts.renamed.get(path, "")
    last = facts.past.deleted_folders[path]
    new, name = facts.renamed.get(last, ""), last.removeprefix(path)
    return f"{new.removesuffix(name)}/" if new.endswith(name) else ""


def _departed(row: Judgement, event: Event, new: str, paths: Paths) -> Judgement:
    commit = f"in commit {event.commit[:12]} on {event.date}"
    if not new:
        step = row.next_step if row.reason != NOWHERE else "Restore it, or correct the reference."
        near = f"; {row.reason}" if row.reason != NOWHERE else ""
        return row._replace(reason=f"deleted {commit}{near}", next_step=step)
    now = paths.find(new.rstrip("/"))
    step = f"Write {new}." if now else f"Restore it, or correct the reference; {new} is gone too."
    return row._replace(reason=f"renamed to {new} {commit}", next_step=step)
