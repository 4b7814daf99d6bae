"""A judgement with its place in the tree."""

from __future__ import annotations

from typing import NamedTuple

from occ_audit.checks._evidence.entries import Entry
from occ_audit.checks._evidence.verdicts import Judgement
from occ_audit.model import Location


class Judged(NamedTuple):
    """A judgement with the place where the candidate stands."""

    document: str
    degree: str
    """Why the document is an evidence document; empty for an ordinary one."""
    judgement: Judgement
    location: Location
    entry: Entry | None = None
    """The dated entry that it stands in."""
