"""Google: whether a service account still lists the key; the key itself is not sent."""

from __future__ import annotations

import json
from urllib.parse import quote

from occ_audit.liveness import Answer, Ask, Credential, NoAnswerError, State

RULES = ("google-service-account-key", "google-service-account-key-base64")
_BASE = "https://www.googleapis.com"


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live where the public list of certificates names the key, dead where it does not.

    The list may lag behind by hours. Without an account there are no keys.
    """
    email, key = credential.fact("opens"), credential.fact("key_id")
    if not email or not key:
        raise NoAnswerError("the account, or the id of the key, does not stand next to it")
    reply = ask(_BASE, f"/robot/v1/metadata/x509/{quote(email, safe='')}", {})
    if reply.status == 404:
        return Answer(State.DEAD, "HTTP 404: there is no such account")
    if reply.status != 200:
        return Answer(State.UNKNOWN, f"HTTP {reply.status}")
    try:
        listed = json.loads(reply.body)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, dict):
        return Answer(State.UNKNOWN, "HTTP 200, but no list")
    if key in listed:
        return Answer(State.LIVE, "the account lists the key")
    return Answer(State.DEAD, "the account does not list the key")
