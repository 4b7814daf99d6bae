"""Chatwoot: the profile of the token's user, at the installation that only the user can name."""

from __future__ import annotations

from occ_audit.liveness import Answer, Ask, Credential, by_status

RULES = ("chatwoot-access-token",)


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for 200, dead for 401."""
    return by_status(ask("", "/api/v1/profile", {"api_access_token": credential.text()}))
