"""Proof by checksum: a Supabase API key ends in a hash that binds it to its project."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict

SELF_HOSTED = b"supabase-self-hosted"
"""The constant that self-hosted installations use instead of a project's reference."""
_SUFFIX = 8
_REF = re.compile(
    rb"(?<![a-z0-9])([a-z]{20})\.(?:functions\.|storage\.)?supabase\.(?:co|in|red|green)\b"
    rb"|/project/([a-z]{20})(?![a-z0-9])"
    rb"|(?:postgres\.|reference=|(?i:project[_-]?(?:ref|id))[\"']?\s{0,3}[=:]\s{0,3}[\"']?)"
    rb"([a-z]{20})(?![a-z0-9])"
)


def suffix(ref: bytes, head: bytes) -> bytes:
    """Return the eight characters that follow `head` in a key of project `ref`."""
    digest = hashlib.sha256(ref + b"|" + head).digest()
    return base64.urlsafe_b64encode(digest)[:_SUFFIX]


def project_of(key: bytes, refs: Iterable[bytes]) -> bytes | None:
    """Return the project, of those given, that a key opens."""
    head, end = key[: -_SUFFIX - 1], key[-_SUFFIX:]
    return next((ref for ref in refs if suffix(ref, head) == end), None)


def nearby(text: bytes) -> dict[bytes, None]:
    """Return the project references in a text, in the order of their appearance."""
    return dict.fromkeys(next(filter(None, found)) for found in _REF.findall(text))


def check(candidate: Candidate) -> Verdict:
    """Name the project that the key opens, where its reference stands nearby."""
    refs = nearby(candidate.before + b"\n" + candidate.after)
    project = project_of(candidate.secret, (*refs, SELF_HOSTED))
    if project is None:
        known = "fits no project named nearby" if refs else "could not be tried: no project nearby"
        return Verdict(reason=f"the checksum {known}")
    name = project.decode()
    reason = f"the checksum fits project {name}"
    opens = {} if project == SELF_HOSTED else {"opens": f"https://{name}.supabase.co"}
    return Verdict(
        reason=reason, confidence=Confidence.CERTAIN, properties={"proof": reason, **opens}
    )


def fits(secret: bytes, named: str) -> bool:
    """Return whether a key opens the project that a text names."""
    return project_of(secret, nearby(named.encode())) is not None
