"""What can become of a candidate, and the judgement that says so."""

from __future__ import annotations

import enum
import shlex
from typing import NamedTuple

from occ_audit.documents import Candidate

NOWHERE = "nothing of that name exists"


class Verdict(enum.StrEnum):
    """What became of a candidate."""

    EXISTS = "exists"
    MISSING = "missing"
    UNTRACKED = "untracked"
    LINES = "no such lines"
    ANCHOR = "no such heading"
    EMPTY = "empty"
    UNFETCHED = "not fetched"
    DRIFTED = "drifted"
    LATE = "late"
    VAULT = "vault"
    PLANNED = "planned"
    ABSENT = "said to be absent"
    FOREIGN = "elsewhere"
    OUTSIDE = "outside"
    UNCHECKED = "not checked"
    NO_REFERENCE = "no reference"


class Judgement(NamedTuple):
    """A candidate, what became of it, and why."""

    candidate: Candidate
    verdict: Verdict
    target: str = ""
    """The path from the root of the repository, where there is one."""
    reason: str = ""
    rule: str = ""
    """The rule that it breaks; empty when all is well."""
    next_step: str = ""


def untracked(row: Judgement, reason: str) -> Judgement:
    """Return the judgement for what is on disk but would be missing in a fresh clone."""
    force = "-f " if "ignore" in reason else ""
    return row._replace(
        verdict=Verdict.UNTRACKED,
        reason=reason,
        rule="evidence-untracked",
        next_step=f"Run `git add {force}-- {shlex.quote(row.target)}`.",
    )
