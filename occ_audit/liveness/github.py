"""GitHub: the token's own user, or the repositories of its installation."""

from __future__ import annotations

from occ_audit.liveness import Answer, Ask, Credential, by_status

_INSTALLATION = ("github-app-installation-token", "github-app-installation-jwt")
RULES = (
    "github-personal-access-token",
    "github-fine-grained-token",
    "github-oauth-token",
    *_INSTALLATION,
)
_BASE = "https://api.github.com"


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for 200, dead for 401; 403 and 429 say that too much was asked."""
    installation = credential.rule_id in _INSTALLATION
    path = "/installation/repositories?per_page=1" if installation else "/user"
    headers = {
        "Authorization": f"Bearer {credential.text()}",
        "Accept": "application/vnd.github+json",
    }
    return by_status(ask(_BASE, path, headers))
