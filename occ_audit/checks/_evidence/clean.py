"""The claim that a repository is clean, next to secrets that the same scan found in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.problem import Problem
from occ_audit.model import Finding, Severity

RULE = "evidence-claim-refuted"

_CLAIM = re.compile(
    r"\b(?:repo(?:sitory)?|history|codebase|tree|branch)\s(?:\w+\s){0,3}?"
    r"(?:clean|scrubbed|sanitized|sanitised|secret-free|free\sof\s(?:secrets|credentials))\b"
    r"|\bno\s(?:secrets?|credentials?|tokens?)\s(?:\w+\s){0,2}?(?:left|remain|remaining|found|present)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not|never|until|once|when|if|must|should|to\sbe|keep)\b", re.IGNORECASE)


def leaks(findings: Iterable[Finding]) -> list[Finding]:
    """Return those findings of a scan that are secrets which nobody has suppressed."""
    return [
        row
        for row in findings
        if row.secret and row.suppression is None and row.severity >= Severity.MEDIUM
    ]


def claimed(data: bytes) -> bool:
    """Say whether a document may call the repository clean."""
    return _CLAIM.search(data.decode("latin-1")) is not None


def problems(context: Context, found: Sequence[Finding]) -> Iterator[Problem]:
    """Yield the sentences of an evidence document that the findings refute."""
    if not context.evidence or not found:
        return
    data = context.document.data
    text = data.decode("latin-1")  # one character for each byte: the places are those of the file
    for match in _CLAIM.finditer(text):
        if _DENIAL.search(match.group()) or context.in_code(match.start()):
            continue
        claim = " ".join(match.group().split())
        place = _place(found[0])
        count = f"{len(found)} secrets" if len(found) > 1 else "a secret"
        yield Problem(
            RULE,
            claim.casefold(),
            f'"{claim}" is said here, but this scan found {count}, for example at {place}',
            match.start(),
            match.end(),
            "Rotate and remove what was found, then say so with the scan's report.",
        )


def _place(finding: Finding) -> str:
    if not finding.locations or not finding.locations[0].origins:
        return "an unnamed place"
    place = finding.locations[0]
    return f"{place.origins[0].path}:{place.line}"
