"""Fingerprints as text: ledgers, configurations and reports cite them, and they are no secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from occ_audit.matching.matcher import Match

_DIGEST = 32
_LONGEST_ID = 128
_FINGERPRINT = re.compile(rb"(?<![0-9A-Za-z_-])([a-z0-9]+(?:-[a-z0-9]+)*):[0-9a-f]{32}\Z")


class Fingerprints:
    """Knows the fingerprints of some rules when it sees them."""

    def __init__(self, rule_ids: Iterable[str]) -> None:
        self._known = frozenset(rule_id.encode() for rule_id in rule_ids)

    def holds(self, buffer: memoryview, match: Match) -> bool:
        """Say whether what a match takes for a secret is the fingerprint of one, or its end."""
        start, end = match.secret_start, match.secret_end
        colon = end - _DIGEST - 1
        if colon < match.content.start or buffer[colon] != ord(":"):
            return False
        first = max(match.content.start, end - _DIGEST - _LONGEST_ID)
        found = _FINGERPRINT.search(bytes(buffer[first:end]))
        if found is None or found[1] not in self._known:
            return False
        return first + found.start() <= start <= end - _DIGEST
