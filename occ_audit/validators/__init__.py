"""What can be said about a match without network; each module here is one named validator.

A validator is a module with `check(candidate: Candidate) -> Verdict`; a rule names those that its
matches pass through, in order, and the first that does not keep the candidate ends the line. One
that can prove what a secret opens also has `fits(secret: bytes, named: str) -> bool`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from occ_audit.model import Confidence, Rule, Severity


class Groups(dict[str, bytes]):
    """The named groups of a pattern that took part in a match; any other is empty."""

    def __missing__(self, name: str) -> bytes:
        return b""


class Candidate(NamedTuple):
    """A match that a rule's pattern confirmed, with what stands around it."""

    rule: Rule
    secret: bytes
    """As written."""
    groups: Groups
    before: bytes
    """Up to 2,048 bytes of the same content before the match."""
    after: bytes
    """Up to 512 bytes of the same content after the match."""


LINE = (160, 60)
"""A validator whose module says `BY_LINE = True` looks at no more than the match and so many bytes
of its line before and after it: equal ones are judged once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one validator says of one candidate."""

    keep: bool = True
    """False: not a finding, for the stated reason."""
    reason: str = ""
    """One clause, without the secret: "the CRC-32 in the last six characters fits"."""
    severity: Severity | None = None
    """Instead of the severity so far."""
    confidence: Confidence | None = None
    identity: bytes | None = None
    """What makes two secrets one, where it is not the secret as written (a decoded password)."""
    properties: Mapping[str, object] = field(default_factory=dict)
    """JSON-ready facts, never the secret: `proof`, `opens` (what it opens), `expires` …"""
