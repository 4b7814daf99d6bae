"""Builds the bundled example: an operations repository with leaks and with evidence, good and bad.

The story: a small team runs a web shop and a support desk. It believes that its repository is
clean and that its status log is backed by evidence. Neither is quite true.
No token stands in this file: each is derived when the example is built, the same every time,
and opens nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import string
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from occ_audit.errors import AuditError

_START = 1_760_083_200
"""2025-10-10 08:00:00 UTC, the date of the first commit."""
_HOUR = 3600
_AUTHOR = b"Ada Example <ada@example.org>"
_HEX = "0123456789abcdef"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE58 = "".join(sorted(set(_BASE62) - set("0OIl")))
_EXECUTABLE = ".sh"


@dataclass(frozen=True, slots=True)
class _Commit:
    message: str
    files: Mapping[str, str | None]
    """New content by path; None deletes."""


def build(folder: Path) -> Path:
    """Create the example repository in `folder`, new or empty, and return it; always the same."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AuditError(
            "this folder is not empty",
            where=str(folder),
            mend="Name a new or an empty folder for the example.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--initial-branch=main", "--template=", "--object-format=sha1")
    _git(folder, "fast-import", "--quiet", data=b"".join(_stream(_commits())))
    _git(folder, "reset", "--quiet", "--hard", "main")
    for name, content in _local_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    return folder


def shopify_token() -> str:
    """Return the shop's token, which is in the tree."""
    return "shpat" + "_" + _characters("shop", _HEX, 32)


def desk_token() -> str:
    """Return the support desk's token, which is in a sentence of the status log."""
    return _characters("desk", _BASE58, 24)


def database_password() -> str:
    """Return the database password, which is only in a file that was deleted."""
    return _characters("database", _BASE62, 22)


def github_token() -> str:
    """Return the token in a commit message; its checksum is right, as that of a real one."""
    body = _characters("github", _BASE62, 30)
    checksum, number = "", zlib.crc32(body.encode())
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = _BASE62[digit] + checksum
    return "ghp" + "_" + body + checksum


def _characters(label: str, alphabet: str, length: int) -> str:
    digest = hashlib.shake_256(b"occ-audit example: " + label.encode()).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


def _commits() -> list[_Commit]:
    project = _characters("project", string.ascii_lowercase, 20)
    password = database_password()
    address = f"postgresql://reports:{password}@db.{project}.supabase.co:5432/postgres"
    return [
        _Commit(
            "Start the operations notes",
            {
                "README.md": _README,
                ".gitignore": "artifacts/local/\n.env\n",
                ".env.example": _ENV_EXAMPLE,
                "docs/runbook.md": _RUNBOOK,
                "docs/rotation.md": _CREDENTIALS,
                "config/database.env": f"DATABASE_URL={address}\n",
                "scripts/export.sh": _EXPORT.replace("set -eu", "set -eu\n. config/database.env"),
            },
        ),
        _Commit(
            "Take the database address from the environment\n\nThe repository is clean again.",
            {"config/database.env": None, "scripts/export.sh": _EXPORT},
        ),
        _Commit(
            "Prove that the nightly export runs\n\n"
            f"Started by hand with GITHUB_TOKEN={github_token()}; see the log.",
            {"artifacts/2025-10-10/export.log": _EXPORT_LOG},
        ),
        _Commit(
            "Rename the rotation notes",
            {"docs/rotation.md": None, "docs/credentials.md": _CREDENTIALS},
        ),
        _Commit(
            "Write the status of the day",
            {
                "docs/status.md": _STATUS.replace("DESK_TOKEN", desk_token()),
                "config/shop.env": _SHOP.replace("SHOP_TOKEN", shopify_token()),
                "artifacts/2025-10-10/health-check.md": _HEALTH_CHECK,
            },
        ),
    ]


def _local_files() -> dict[str, str]:
    return {"artifacts/local/latency.csv": "hour,milliseconds\n08,212\n09,198\n"}


def _stream(commits: list[_Commit]) -> Iterator[bytes]:
    for number, commit in enumerate(commits):
        when = b"%s %d +0000\n" % (_AUTHOR, _START + number * _HOUR)
        yield b"commit refs/heads/main\nauthor " + when + b"committer " + when
        yield _data(commit.message + "\n")
        for path, content in commit.files.items():
            if content is None:
                yield b"D " + path.encode() + b"\n"
            else:
                mode = b"100755" if path.endswith(_EXECUTABLE) else b"100644"
                yield b"M " + mode + b" inline " + path.encode() + b"\n" + _data(content)


def _data(text: str) -> bytes:
    encoded = text.encode()
    return b"data %d\n%s\n" % (len(encoded), encoded)


def _git(folder: Path, *arguments: str, data: bytes = b"") -> None:
    """Run a git command that writes; neither environment nor user configuration takes part."""
    program = shutil.which("git")
    if program is None:
        raise AuditError("git was not found", mend="Install git and make sure that it is on PATH.")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        [program, "-C", str(folder), *arguments],
        input=data,
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise AuditError(f"git could not build the example: {said}", where=str(folder))


_README = """\
# Operations notes of a small web shop

- `docs/status.md`: what was done, when, and the evidence for it.
- `docs/runbook.md`: how to start, check and restore the services.
- `docs/credentials.md`: how to rotate credentials.
- `scripts/export.sh`: the nightly export.
"""

_ENV_EXAMPLE = """\
# Copy to .env and fill in. Placeholders like these are no leaks.
DATABASE_URL=postgresql://reports:<PASSWORD>@db.<PROJECT>.supabase.co:5432/postgres
SHOPIFY_ADMIN_TOKEN=shpat_...
"""

_RUNBOOK = """\
# Runbook

## Start
1. Start the support desk.
2. Open the health page; it answers within a second.

## Restore
1. Fetch the newest export.
2. Load it into an empty database.
3. Compare the row counts with those in the export's log.
"""

_CREDENTIALS = """\
# Rotate credentials

1. Create the new credential and store it in the vault.
2. Deploy, and check the health page (see `docs/runbook.md:3-5`).
3. Revoke the old one.
"""

_EXPORT = """\
#!/bin/sh
# Exports the orders of the last day.
set -eu
psql "$DATABASE_URL" --csv --command \\
  "select * from orders where created_at > now() - interval '1 day'" > orders.csv
"""

_EXPORT_LOG = """\
2025-10-10T10:02:11Z export started
2025-10-10T10:02:19Z 1204 rows written to orders.csv
"""

_HEALTH_CHECK = """\
# Health check, 2025-10-10 11:40 UTC

The support desk answered with status 200 after 0.2 seconds.
"""

_SHOP = """\
# Read by the nightly export.
SHOP_DOMAIN=lantern-supply.myshopify.com
SHOPIFY_ADMIN_TOKEN=SHOP_TOKEN
"""

_STATUS = """\
---
doc: docs/status.md
owner: operations
last_reviewed: 2025-10-10
---

# Operations: status log

## 2025-10-10 Export and health check (12:00 UTC)
- The nightly export runs again: `artifacts/2025-10-10/export.log`.
- The support desk is healthy: `artifacts/2025-10-10/health-check.md`, checked as the
  runbook says (`docs/runbook.md:3-5`).
- All evidence of the day is in `artifacts/2025-10-10/`.
- Regenerated the support desk's access token (`DESK_TOKEN`) and stored it in the vault.

## 2025-10-10 Restore drill (11:30 UTC)
- Restored the newest export into an empty database; row counts agree
  (`artifacts/2025-10-10/restore-drill.md`).
- Followed `docs/runbook.md:40-52` step by step.
- Credentials were rotated as `docs/rotation.md` says.
- Latency stayed below 250 ms: `artifacts/local/latency.csv`.

## Next
- Write down how to fail over: `docs/failover.md` (to be authored).
"""
