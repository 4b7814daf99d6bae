"""Slack: `auth.test`, whose HTTP status says nothing: the answer is in the reply."""

from __future__ import annotations

import json

from occ_audit.liveness import Answer, Ask, Credential, State

RULES = ("slack-bot-token", "slack-user-token", "slack-rotating-token", "slack-legacy-token")
_BASE = "https://slack.com/api"
_DEAD = ("invalid_auth", "token_revoked", "token_expired", "account_inactive")


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for `ok`, dead for the errors that mean the token itself."""
    headers = {"Authorization": f"Bearer {credential.text()}"}
    reply = ask(_BASE, "/auth.test", headers, method="POST")
    if reply.status != 200:
        return Answer(State.UNKNOWN, f"HTTP {reply.status}")
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict) and said.get("ok") is True:
        return Answer(State.LIVE, "ok")
    error = said.get("error") if isinstance(said, dict) else None
    if error in _DEAD:
        return Answer(State.DEAD, str(error))
    return Answer(State.UNKNOWN, "another error")
