"""Supabase: the data API of the key's own project, or the projects of an account's token."""

from __future__ import annotations

import re

from occ_audit.liveness import Answer, Ask, Credential, by_status
from occ_audit.validators.supabase_checksum import nearby, project_of

_SECRET_KEY, _JWT = "supabase-secret-key", "supabase-jwt-key"
_OF_ACCOUNT = ("supabase-access-token", "supabase-oauth-token")
RULES = (_SECRET_KEY, _JWT, *_OF_ACCOUNT)
PROJECTS = "supabase-project-url"
_ACCOUNTS = "https://api.supabase.com"
_PROJECT = re.compile(r"https://[a-z]{20}\.supabase\.co")


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for 200, dead for 401; a narrow token may get 403, which decides nothing."""
    token = credential.text()
    bearer = {"Authorization": f"Bearer {token}"}
    if credential.rule_id in _OF_ACCOUNT:
        return by_status(ask(_ACCOUNTS, "/v1/projects", bearer))
    # A secret key is refused as a bearer, by design.
    headers = {"apikey": token, **(bearer if credential.rule_id == _JWT else {})}
    return by_status(ask(_project(credential), "/rest/v1/", headers))


def _project(credential: Credential) -> str:
    """Return the project that the key names itself, or that its checksum proves; else nothing."""
    # Only a proof says where a key may be sent.
    opens = "" if credential.fact("opens_by") else credential.fact("opens")
    if _PROJECT.fullmatch(opens):
        return opens
    refs = nearby("\n".join(credential.nearby.get(PROJECTS, ())).encode())
    found = project_of(credential.value, refs) if credential.rule_id == _SECRET_KEY else None
    return f"https://{found.decode()}.supabase.co" if found else ""
