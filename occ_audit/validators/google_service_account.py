"""Proof by structure: a Google service account file names the account that its key opens."""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Groups, Verdict, _decode, private_key

_EMAIL = re.compile(rb"([A-Za-z0-9-]{1,63}@[a-z0-9.:-]{1,63}\.iam\.gserviceaccount\.com)")
_KEY_ID = re.compile(rb'private_key_id\\*"\s{0,4}:\s{0,4}\\*"([0-9a-f]{40})')
_KEY = re.compile(rb'private_key\\*"\s{0,4}:\s{0,4}\\*"(-----BEGIN [^"]{40,8192})')


def check(candidate: Candidate) -> Verdict:
    """Prove the key as `private_key` does, and name account and key id."""
    around, key = candidate.before + candidate.after, candidate.secret
    if b"PRIVATE KEY" not in key:
        around = _decode.standard(key) or b""
        found = _KEY.search(around)
        if b"service_account" not in around or not found:
            return Verdict(keep=False, reason="it does not decode to a service account with a key")
        key = found[1]
    proof = private_key.check(_with(candidate, key))
    if not proof.keep:
        return proof
    facts: dict[str, object] = {"proof": proof.reason}
    if email := _EMAIL.search(around):
        facts["opens"] = email[1].decode()
    if key_id := _KEY_ID.search(around):
        facts["key_id"] = key_id[1].decode()
    confidence = Confidence.CERTAIN if email else proof.confidence
    return Verdict(
        reason=proof.reason, confidence=confidence, identity=proof.identity, properties=facts
    )


def _with(candidate: Candidate, key: bytes) -> Candidate:
    return Candidate(candidate.rule, key, Groups(), candidate.before, candidate.after)
