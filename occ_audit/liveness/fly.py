"""Fly.io: a list of apps that names no organisation, which a valid token may ask for in vain."""

from __future__ import annotations

from occ_audit.liveness import Answer, Ask, Credential, by_status

RULES = ("fly-token",)
_BASE = "https://api.machines.dev"


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for 400, which is the answer to a valid token here, and dead for 401."""
    headers = {"Authorization": f"Bearer {credential.text()}"}
    return by_status(ask(_BASE, "/v1/apps?org_slug=", headers), live=(200, 400))
