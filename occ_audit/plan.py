"""What an audit is to do: one value, put together by a command and carried out by the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from occ_audit.model import Batch, Finding, Rule
from occ_audit.reading import Coverage, Memory, Progress, Source, Tree
from occ_audit.settings import Config
from occ_audit.suppress import Suppressor

SecretCheck = Callable[[Batch], Iterable[Finding]]
EvidenceCheck = Callable[[Tree, Coverage], Iterable[Finding]]
ClaimCheck = Callable[[Tree, Iterable[Finding], Coverage], Iterable[Finding]]
Note = Callable[[Iterable[str], Mapping[str, bytes]], object]
"""Told the ids of objects in which nothing was found, and the hits in others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an audit is to do."""

    source: Source
    rules: Sequence[Rule]
    config: Config
    suppressor: Suppressor
    secrets: SecretCheck
    evidence: EvidenceCheck | None
    jobs: int
    inline_comments: bool
    progress: Progress
    claims: Sequence[ClaimCheck] = ()
    """Each compares what files say of the repository with what the scan found in it."""
    seek_secrets: bool = True
    """False: secrets are only masked in what the report says."""
    crowds: bool = True
    """Many guessable secrets become one finding; False: each has its own, whatever that costs."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the report tells of the repository."""
    note: Note | None = None
    memory: Memory | None = None
    """What earlier scans of the same history found out."""
    dropped: list[Finding] | None = None
    """Grows while the secrets check runs, where the run is to explain what is no finding."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set from outside to end the scan early."""

    @property
    def everything(self) -> bool:
        """Whether all is read and all is sought: what suppresses nothing then is unused."""
        return self.source.whole and self.seek_secrets and self.evidence is not None
