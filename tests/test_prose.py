"""Credentials that notes, chats and tables tell in words."""

from __future__ import annotations

import pytest

from tests.detection import findings, told

LOG = """\
## 2025-10-10 Chatwoot Credentials (18:50 UTC)
- Audited for hard-coded tokens (`rg postgresql://`, `rg shpat`), web machine 8d9515fe056ed8 is red.
- Updated the super admin, and regenerated the access token (`{base58:24}`).
- Stored the password in `vault/acme/chatwoot/super_admin_2025.env`, ticket OCC-INF-221 is open.
"""


def test_a_token_in_back_ticks_is_bound_to_the_vendor_of_the_heading() -> None:
    [finding] = [found for found in findings(LOG) if found.severity > 0]
    assert finding.properties["vendor"] == "Chatwoot"
    assert finding.severity.label == "high"
    [place] = finding.locations
    assert place.line == 3
    assert place.excerpt.endswith("access token (`" + str(finding.secret.mask) + "`).")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "The access token of the sandbox is `{alnum:32}`, valid for one hour.",
        "client secret '{alnum:20}' was sent by their engineer",
        "which token is it?\nthe one from the settings page, {base58:24}",
        "`{base58:24}` is the new access token of the bot",
        "the pw: {alnum:8}@{alnum:6} works",
        "Enter the keystore password ({alnum:16}) and confirm.",
        "The database password is {alnum:16} (reset on 10-08).",
        "The password is 'Xw4" + "mQ8xW2v'",
        "Admin login changed from the default to {alnum:16}; told Ana on the phone.",
        "New API key → {alnum:40}",
        "| Vendor | Access token |\n| --- | --- |\n| Acme | `{alnum:24}` |",
        "| name | value |\n|---|---|\n| service key | {alnum:32} |",
        "| variable | value |\n|---|---|\n| `JWT_SECRET` | `{alnum:32}` |",
        "use {alnum:32} as the Jenkins token until Friday",
        "`{hex:40}` is the Grafana key now",
        "the secret we got from them was {hex:40}.",
        "key for Hootsuite -> {alnum:32}",
        "@lea the bearer token you asked for is {alnum:40}",
        "API token for the CRM:\n\n```\n{base58:24}\n```",
        "The root password was reset to {alnum:6}!{alnum:5} on db-2.",
        "the VPN password is ba{lower:4}{digits:4}!",
        "log in as robot with password {alnum:4}-{alnum:6}!",
        "Credentials: robot / {alnum:6}#{alnum:6}",
        "Set `API_TOKEN` to `{alnum:32}`.",
        "The value of CRM_SECRET was {alnum:32}",
        "token \u201c{alnum:32}\u201d leaked",
        "* Token \u2013 {alnum:32}",
        "login robot, pw {alnum:20}",
        "Das neue API-Token lautet {alnum:32}.",
        "Der Schlüssel für das CRM: {alnum:32}",
        "Das Passwort für den Server ist {alnum:6}!{alnum:5}.",
        "Le jeton d'accès est {alnum:40}.",
        "La clé API : `{alnum:32}`",
        "mot de passe : {alnum:6}!{alnum:5}",
        "La clave de API es {alnum:32}",
        "La contraseña es {alnum:6}!{alnum:5}",
        "A senha é {alnum:6}!{alnum:5}",
        "пароль: {alnum:6}!{alnum:5}",
        "密码\uff1a{alnum:6}!{alnum:5}",
        "| Benutzer | Kennwort |\n|---|---|\n| robot | {alnum:6}!{alnum:6} |",
        "| utilisateur | mot de passe |\n|---|---|\n| robot | `{alnum:6}!{alnum:6}` |",
        "[08:14] ann: what's the root pw of db-2?\n[08:15] bob: x{alnum:5}!{alnum:6}",
        "<ann> grafana admin password?\n<bob> it is {alnum:6}#{alnum:6}",
        "**Ann** 9:01 AM\ncan we share the Sentry token?\n**Bob** 9:04 AM\n`{hex:64}`",
        "> Could you resend the client secret?\n\nSure, here it is: {alnum:40}",
        "ann: send me the wiki password\nbob: {alnum:6}#{alnum:6}",
        '[{"text":"ftp password?","ts":"1"},{"text":"{alnum:5}!{alnum:6}","ts":"2"}]',
        "Das neue Passwort lautet Juniper-Bramble-" + "698.",
        "He mails the passphrase of the release key (Velvet-Meadow-" + "862) to both.",
        'printer admin pw "thistle' + '7997Orchid" (case matters)',
        "creds for the demo tenant: demo_admin // Pebble" + "2024!",
        "We logged in as svc_batch with x{alnum:4}*{alnum:6} and went on.",
        "The LDAP bind uses x{alnum:4}*{alnum:6} as its password.",
        "<tr><td>FTP password</td><td>x{alnum:4}%{alnum:6}</td></tr>",
        "Recovery password of the volume\n\n    x{alnum:15}9Kq2Zw7Tb1\n\nis needed.",
        "API key for the weather feed:\n\n```\n{hex:32}\n```",
        "rotated the auth token; the new one ({hex:32}) is live",
        "`SESSION_SECRET` had been set to `{hex:64}` there",
        "Encryption key of the backup (hex): {hex:64}",
        'It said: "Your new secret access key is 5jhK7bA/' + '{alnum:32}"',
        "API token:: {alnum:32}",
        "2025-09-30 14:02 <a> who has the password?\n2025-09-30 14:03 <b> x{alnum:4}%{alnum:4}",
        "Console login is maint, password x{alnum:4}?{alnum:6}, keyboard US",
        "pump web UI \u2192 admin:x{alnum:4}*{alnum:6}",
        "the shared account (lab / x{alnum:4}#{alnum:6}) must go",
        "> **Password:** x{alnum:4}!{alnum:6}",
        "<li><b>API key:</b> <code>{hex:32}</code></li>",
        "The webhook is verified with {hex:64} (app secret).",
        "* Portainer: https://portainer.acme.io -- admin / x{alnum:4}+{alnum:6}",
        "ann: the metabase login?\nbob: bi@acme.io / x{alnum:4}!{alnum:6}",
        "La password del router è Juniper-Meadow!" + "93kk.",
        "Sentry wanted an auth token, I used {hex:64} for now.",
        "Postmark's server token is now {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}.",
        "Hello, your new password for the portal is:\n\n    x{alnum:4}-{alnum:6}\n",
        "2/3/2026, 09:14 - a: Wie war das Passwort?\n2/3/2026, 09:15 - b: x{alnum:4}!{alnum:6}",
        "Sign in to the panel as `ops@acme.io` with `x{alnum:4}!{alnum:6}`.",
        "Lösenordet till adminkontot är x{alnum:4}!{alnum:6}, byt det.",
        "> what's the db pw on stage?\n\nsame as always, `x{alnum:4}!{alnum:6}` :)",
        "| name | password |\n|---|---|\n| wiki | Lantern_Meadow+" + "58 |",
    ],
)
def test_credentials_in_prose(text: str) -> None:
    assert [row[1] for row in told(text)] in (["medium"], ["high"])


@pytest.mark.parametrize(
    "text",
    [
        "Branch `chore/rotate-api-tokens-2025-10` was merged as {hex:12}.",
        "Secret scan of {hex:40} on branch hotfix/token-log finished.",
        "cli-secret evidence: sha256({hex:64}), the value is in the vault",
        "| secret | digest | age |\n|---|---|---|\n| DATABASE_URL | {hex:16} | 2d |",
        "| tenant | id | key vault |\n|---|---|---|\n| eu | {hex:8}-{hex:4}-{hex:12} | kv |",
        "Correlation ID for the password reset mail: {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
        "EC2 i-{hex:17}, subnet-{hex:17}: password login disabled.",
        "The token is in `vault/agent_token_eu.env`, see `cli-secret-20251010T071858Z.log`.",
        "Missing in CI: FLY_API_TOKEN, LINEAR_API_KEY2, SLACK_BOT_TOKEN.",
        "Rotated the super admin password; value handed over in person.",
        "Max tokens 4096, password-reset intent F1 0.91 (distilbert-base-uncased-finetuned-sst-2).",
        "Waiting for the credential bundle in DEPLOY-152; no token received yet.",
        "Blocked on OPS-6741 and SEC-772: API key handover, contract packet HS-44718.",
        "WireGuard peer: PublicKey = {base64:43}=, AllowedIPs = 10.8.0.4/32",
        "the default password is required",
        "the key is `getAccessTokenFromStorage2` in token.ts",
        "![badge](data:image/png;base64,{base64:120}) for the token page",
        "service_role: eyJhbGciOi... (truncated, full value in the vault)",
        "token: <paste your Linear key, it starts with lin_api_>",
        "We store the password in 1Password under item {uppernum:26}.",
        "| Key | Action |\n|---|---|\n| Ctrl+F12 | open |",
        "Login failed for request {alnum:26}",
        "admin dashboard release {alnum:20} is ready",
        "token refreshed for session {alnum:24}",
        "cache key `{hex:40}` missed",
        "The image tag for the token service is {hex:40}",
        "use {hex:40} as base for the key change",
        "gpg key 0x{HEX:16} signed the tag",
        "Das Passwort liegt im Tresor unter crm/prod-2",
        "Passwort: siehe 1Password",
        "Le mot de passe est dans le coffre, entrée crm-prod-2",
        "La clave foránea fk_cliente_2024 falla",
        "el token expira en 3600 segundos",
        "Schlüsselwort: abc123def",
        "password SHA256withRSA is deprecated",
        "the key of the image is {hex:40} by digest",
        "ann: where do I find the password?\nbob: vault-ops-2",
        "ann: which ticket asks for the new token?\nbob: OPS-4413",
        "ann: does the password work?\nbob: yes, since v2.14",
        "token?\n{alnum:12}",
        "password: is SHA-256 hashed, salt of 16 bytes",
        "root:x:0:0:root:/root:/bin/sh2",
        "open /admin:Users2 in the menu",
        "reCAPTCHA site key 6Lnv{alnum:36}",
        "The key is in backups/keys2024abcd/eu-west-1/primary",
        "db:\n    password: ENC[AES256_GCM,data:{alnum:16},iv:{base64:43}=,tag:{alnum:22}]",
        "`vault token lookup -accessor {alnum:24}` still works",
        "Our Postmark token for request {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12} expired",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert [row for row in told(text) if row[1] not in ("low", "info")] == []
