"""Runs `occ-audit scan` as a user would, and reads the JSON report that it gives."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from occ_audit import cli, rules
from occ_audit.checks.secrets import SecretCheck
from occ_audit.cli import scan as _scan_command  # noqa: F401 - so that it can be patched
from occ_audit.model import Rule
from occ_audit.secret import Secret
from tests import detection, repos

ROOT = Path(__file__).parent.parent


def token(label: str) -> str:
    """Return a Shopify token, another one for each label."""
    return "shpat" + "_" + hashlib.sha256(label.encode()).hexdigest()[:32]


def leak(label: str) -> str:
    """Return a line that holds the token."""
    return f"SHOPIFY_ADMIN_TOKEN={token(label)}\n"


@dataclass(frozen=True)
class Scan:
    """What one run gave."""

    code: int
    out: str
    err: str
    report: Mapping[str, Any]

    def finding(self, label: str) -> dict[str, Any]:
        """Return the one finding of the token of that label."""
        [found] = self._of(label)
        return found

    def has(self, label: str) -> bool:
        """Say whether the token of that label was found."""
        return bool(self._of(label))

    def _of(self, label: str) -> list[dict[str, Any]]:
        digest = Secret(token(label).encode()).digest()
        rows = self.report.get("findings", [])
        return [row for row in rows if row["secret"] and row["secret"]["digest"] == digest]

    def paths(self, label: str) -> list[str]:
        """Return the paths at which the token was found, sorted."""
        rows = self._of(label)
        return sorted(
            origin["path"]
            for row in rows
            for place in row["locations"]
            for origin in place["origins"]
        )

    def rules(self, rule: str) -> list[dict[str, Any]]:
        """Return the findings of one rule."""
        return [row for row in self.report["findings"] if row["rule_id"] == rule]

    def skipped(self, reason: str, *, requested: bool = False) -> list[dict[str, Any]]:
        """Return what was not scanned for a reason that contains this text."""
        rows = self.report["skipped"]
        return [r for r in rows if reason in r["reason"] and r["requested"] == requested]

    @property
    def incomplete(self) -> list[dict[str, Any]]:
        """What was not scanned though nobody asked to leave it out."""
        return [row for row in self.report["skipped"] if not row["requested"]]

    @property
    def counters(self) -> dict[str, int]:
        """What was read."""
        counters: dict[str, int] = self.report["stats"]["counters"]
        return counters


def scan(*arguments: str | Path, stdin: bytes = b"") -> Scan:
    """Run `occ-audit scan --format json` in this process; no token may show."""
    code, out, err = run("scan", "--format", "json", *arguments, stdin=stdin)
    assert "internal error" not in err, err
    report = json.loads(out) if out.startswith("{") else {}
    return Scan(code, out, err, report)


def run(*arguments: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run the program in this process; return its exit code and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        # What depends on the rules alone is made once: it takes longer than most scans here.
        patch.setattr("occ_audit.cli._scan_run.SecretCheck", _secret_check)
        if rules.load is _LOAD:
            patch.setattr("occ_audit.rules.load", _rules)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


_LOAD = rules.load


def _rules(paths: Iterable[Path] = (), **options: Any) -> tuple[Rule, ...]:
    given = tuple(paths)
    return tuple(_LOAD(given, **options)) if given else detection.built_in()


def _secret_check(chosen: Iterable[Rule], folder: Path, witness: Any = None) -> SecretCheck:
    known = tuple(chosen)
    if witness:
        return SecretCheck(known, detection.COMPILED, witness)
    return detection.check_of(known)


def command(*arguments: str | Path) -> list[str]:
    """Return the command line that runs the program in a process of its own."""
    return [sys.executable, "-m", "occ_audit", *map(str, arguments)]


def spawned(
    *arguments: str | Path, cwd: Path | None = None, unprivileged: bool = False, **extra: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own, on request without what makes root stronger."""
    line = command(*arguments)
    if unprivileged and os.geteuid() == 0:
        line = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *line]
    env = repos.environment(PYTHONPATH=str(ROOT)) | extra
    return subprocess.run(line, cwd=cwd, env=env, capture_output=True)


def need_permissions(folder: Path) -> None:
    """Skip the test where no way is known to be refused a file."""
    locked = folder / "locked"
    locked.write_text("x")
    locked.chmod(0)
    line = [sys.executable, "-c", f"open({str(locked)!r})"]
    if os.geteuid() == 0:
        line = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *line]
    try:
        refused = subprocess.run(line, capture_output=True).returncode
    except FileNotFoundError:
        refused = 0
    if not refused:
        pytest.skip("this user may read every file, and setpriv does not change that")


def questions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return a list that grows with each git command."""
    from occ_audit import git_process

    asked: list[tuple[str, ...]] = []
    command = git_process.command

    def told(arguments: Any) -> list[str]:
        asked.append(tuple(arguments))
        return command(asked[-1])

    monkeypatch.setattr(git_process, "command", told)
    return asked
