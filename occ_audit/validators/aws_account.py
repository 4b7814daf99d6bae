"""Reads an AWS access key id: the account that it belongs to is written in it."""

from __future__ import annotations

import base64
import binascii

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._proof import unproven

_HIGHEST = 999_999_999_999
_WITHOUT_ACCOUNT = b"IJ"
"""Fifth characters of ids from before 2019, which hold no account."""


def account(key_id: bytes) -> str:
    """Return the twelve digits of the account in a key id; empty where none can be read."""
    if len(key_id) != 20 or key_id[4] in _WITHOUT_ACCOUNT:
        return ""
    try:
        data = base64.b32decode(key_id[4:])
    except binascii.Error:
        return ""
    number = int.from_bytes(data[:6], "big") >> 7 & (1 << 40) - 1
    return f"{number:012}" if number <= _HIGHEST else ""


def check(candidate: Candidate) -> Verdict:
    """Name the account that the id, or the id in the group `id`, belongs to."""
    key_id = candidate.groups.get("id", candidate.secret)
    if owner := account(key_id):
        reason = f"the key id belongs to AWS account {owner}"
        return Verdict(reason=reason, properties={"opens": f"AWS account {owner}"})
    if len(key_id) == 20 and key_id[4] in _WITHOUT_ACCOUNT:
        return Verdict(reason="the key id is from before 2019 and names no account")
    return unproven("the key id holds no account: made up or altered")
