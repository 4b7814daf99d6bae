"""The bundled example is always the same, and holds what its story says."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from occ_audit import example
from occ_audit.cli.example import example_command
from occ_audit.errors import AuditError
from tests import repos
from tests.scans import run

ROOT = Path(__file__).parent.parent
SECRETS = [
    example.shopify_token(),
    example.desk_token(),
    example.database_password(),
    example.github_token(),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example.build(tmp_path_factory.mktemp("example") / "repo")


def scan(*arguments: str | Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "occ_audit", "scan", *arguments]
    environment = repos.environment(COLUMNS="200", PYTHONPATH=str(ROOT))
    done = subprocess.run(command, capture_output=True, env=environment)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_always_the_same(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[core]\n\tautocrlf = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    again = example.build(tmp_path / "again")
    assert repos.oid(again) == repos.oid(built)
    assert (again / "docs/status.md").read_bytes() == (built / "docs/status.md").read_bytes()


def test_no_token_stands_in_the_source() -> None:
    source = inspect.getsource(example)
    assert not [secret for secret in SECRETS if secret in source]
    assert not re.search(r"[0-9A-Za-z]{24,}", source)


def test_github_checksum_is_right() -> None:
    body = example.github_token().removeprefix("ghp_")
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in body[30:]:
        number = number * 62 + digits.index(digit)
    assert number == zlib.crc32(body[:30].encode())


def test_leaks_are_where_the_story_says(built: Path) -> None:
    tree = repos.git(built, "grep", "-h", "", "HEAD").decode()
    messages = repos.git(built, "log", "--format=%B").decode()
    assert [secret in tree for secret in SECRETS] == [True, True, False, False]
    assert [secret in messages for secret in SECRETS] == [False, False, False, True]
    deleted = repos.git(built, "show", "HEAD~4:config/database.env").decode()
    assert example.database_password() in deleted


def test_clean_checkout_with_one_ignored_file(built: Path) -> None:
    status = repos.git(built, "status", "--porcelain", "--ignored").decode()
    assert status == "!! artifacts/local/"


def test_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(AuditError, match="not empty"):
            example.build(taken)


def test_command_says_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "my example"
    result = CliRunner().invoke(example_command, [str(folder)])
    assert result.exit_code == 0
    assert f"occ-audit scan --history '{folder}'" in result.output
    assert (folder / ".git").is_dir()


def test_tree_audit(built: Path) -> None:
    code, shown = scan(built)
    assert code == 1
    assert "config/shop.env:3" in shown
    assert "docs/status.md:14" in shown  # the desk token, in a sentence
    missing = ["artifacts/2025-10-10/restore-drill.md", "docs/rotation.md", "40-52"]
    for reference in [*missing, "artifacts/local/latency.csv"]:
        assert reference in shown
    for good in ("artifacts/2025-10-10/export.log", "docs/runbook.md:3-5", ".env.example"):
        assert good not in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_history_audit(built: Path) -> None:
    code, shown = scan("--history", built)
    assert code == 1
    assert "config/database.env" in shown
    assert repos.oid(built, "HEAD~2")[:7] in shown  # the commit whose message has a token
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_project_is_named_beside_its_masked_password(built: Path) -> None:
    excerpts = run("scan", "--history", "--only", "secrets", str(built))[1]
    assert "postgresql://reports:****@db." in excerpts
    assert "****@****" not in excerpts
