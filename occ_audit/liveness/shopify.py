"""Shopify: the scopes of the token, asked of the one shop that it can belong to."""

from __future__ import annotations

from occ_audit.liveness import Answer, Ask, Credential, by_status

RULES = (
    "shopify-admin-token",
    "shopify-custom-app-token",
    "shopify-private-app-password",
    "shopify-user-token",
)
SHOPS = "shopify-shop"


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for 200, dead for 401; a closed or frozen shop decides nothing."""
    shops = credential.nearby.get(SHOPS, ())
    base = f"https://{shops[0].lower()}" if len(shops) == 1 else ""
    headers = {"X-Shopify-Access-Token": credential.text()}
    return by_status(ask(base, "/admin/oauth/access_scopes.json", headers))
