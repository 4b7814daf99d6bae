"""What lock files and tests say against a secret that only a name tells, and what they do not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests import repos
from tests.scans import leak, run, scan

RANDOM = "q7Rt2Lx9Vb4Nz8Kd" + "Hs5Jw0Pm"
LINE = f'API_KEY = "{RANDOM}"\n'
TESTS = "paths: only in tests and examples"
AS_EVER = ("high", "likely", False)
LESS_SURE = ("medium", "possible", True)
DIGEST = hashlib.sha256(b"a package").hexdigest()


def made(folder: Path, files: repos.Files) -> Path:
    repo = repos.init(folder / "r")
    repos.commit(repo, files)
    return repo


def judged(repo: Path, *arguments: str, rule: str = "assigned-secret") -> tuple[str, str, bool]:
    """Return severity and confidence of the one finding, and whether tests speak against it."""
    [found] = scan(repo, *arguments).rules(rule)
    said = found["properties"]["reasons"]
    return found["severity"], found["confidence"], TESTS in said


def candidates(repo: Path, *arguments: str) -> list[dict[str, Any]]:
    rows = json.loads(run("scan", repo, "--explain", "--format", "json", *arguments)[1])
    found: list[dict[str, Any]] = rows["candidates"]
    return found


CHOICES = pytest.mark.parametrize("choice", [[], ["--at=HEAD"], ["--history"]])


@CHOICES
@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "pkg/__fixtures__/a.js",
        "examples/x/a.env",
        "Acme.Tests/A.cs",
        "src/jvmTest/kotlin/a.kt",
        "auth/login_test.go",
        "web/Login.spec.ts",
        "lib/login_spec.rb",
        "src/LoginTest.java",
    ],
)
def test_less_sure_where_all_places_are_tests(tmp_path: Path, path: str, choice: list[str]) -> None:
    repo = made(tmp_path, {path: LINE})
    assert judged(repo, *choice) == LESS_SURE


@pytest.mark.parametrize(
    "path",
    ["src/a.py", "test_login.py", "contests/a.py", ".env.example", "app_test.env", "Latest.java"],
)
def test_as_sure_as_ever_elsewhere(tmp_path: Path, path: str) -> None:
    assert judged(made(tmp_path, {path: LINE})) == AS_EVER


@CHOICES
def test_one_place_outside_is_enough(tmp_path: Path, choice: list[str]) -> None:
    repo = made(tmp_path, {"tests/a.py": LINE, "src/a.py": "# moved\n" + LINE})
    assert judged(repo, *choice) == AS_EVER


def test_the_place_may_be_what_another_rule_found(tmp_path: Path) -> None:
    address = f"postgres://app:{RANDOM}@db.acme.io/app\n"
    repo = made(tmp_path, {"tests/a.py": LINE, "src/a.py": address})
    assert judged(repo) == AS_EVER


def test_a_commit_message_is_no_test(tmp_path: Path) -> None:
    repo = made(tmp_path, {"tests/a.py": LINE})
    repos.commit(repo, {"b": "b"}, message=LINE)
    assert judged(repo, "--history") == AS_EVER


def test_a_file_moved_out_of_the_tests_keeps_its_judgement(tmp_path: Path) -> None:
    repo = made(tmp_path, {"tests/a.py": LINE})
    (repo / "src").mkdir()
    repos.rename(repo, "tests/a.py", "src/a.py")
    assert judged(repo, "--history") == AS_EVER
    [found] = scan(repo, "--history").rules("assigned-secret")
    assert found["properties"]["also_at"] == ["src/a.py"]
    repos.rename(repo, "src/a.py", "tests/b.py")
    assert judged(repo, "--history") == AS_EVER


def test_a_copy_that_is_in_head(tmp_path: Path) -> None:
    repo = made(tmp_path, {"tests/a.py": LINE})
    repos.commit(repo, {"src/a.py": LINE})
    assert judged(repo, "--history") == AS_EVER


def test_a_vendors_token_is_as_grave_in_a_test(tmp_path: Path) -> None:
    [found] = scan(made(tmp_path, {"tests/a.env": leak("a")})).rules("shopify-admin-token")
    [other] = scan(made(tmp_path / "b", {"a.env": leak("a")})).rules("shopify-admin-token")
    assert [found[key] for key in ("severity", "confidence")] == [
        other[key] for key in ("severity", "confidence")
    ]


@CHOICES
def test_a_digest_in_a_lock_file_is_dropped_and_explained(
    tmp_path: Path, choice: list[str]
) -> None:
    repo = made(tmp_path, {"app/package-lock.json": f'{{"auth-token": "{DIGEST}"}}\n'})
    assert scan(repo, *choice).code == 0
    assert ("assigned-secret", False, "paths: a digest or a version in a lock file") in [
        (row["rule_id"], row["kept"], row["reasons"][-1]) for row in candidates(repo, *choice)
    ]


@pytest.mark.parametrize("value", ["npm:^2.4.41", f"sha256:{DIGEST}", f"10c0/{DIGEST * 2}"])
def test_what_a_lock_file_pins(tmp_path: Path, value: str) -> None:
    assert scan(made(tmp_path, {"yarn.lock": f'auth-token: "{value}"\n'})).code == 0


def test_anything_else_in_a_lock_file_is_less_sure(tmp_path: Path) -> None:
    repo = made(tmp_path, {"poetry.lock": LINE})
    assert judged(repo) == ("medium", "possible", False)
    [kept] = [row for row in candidates(repo) if row["kept"]]
    assert kept["reasons"][-1] == "paths: only in lock files"


def test_a_digest_that_stands_elsewhere_too_is_found(tmp_path: Path) -> None:
    line = f'auth_token = "{DIGEST}"\n'
    repo = made(tmp_path, {"yarn.lock": line, "src/a.py": line})
    assert judged(repo) == AS_EVER


def test_the_configuration_says_what_a_test_is(tmp_path: Path) -> None:
    settings = {".occ-audit.toml": 'test_paths = ["qa/", "!qa/live/"]\n'}
    repo = made(tmp_path, {**settings, "qa/a.py": LINE})
    assert judged(repo) == LESS_SURE
    for path in ("tests/a.py", "qa/live/a.py"):
        repo = made(tmp_path / path, {**settings, path: LINE})
        assert judged(repo) == AS_EVER


def test_the_configuration_turns_it_off(tmp_path: Path) -> None:
    files = {".occ-audit.toml": "test_paths = []\n", "tests/a.py": LINE}
    assert judged(made(tmp_path, files)) == AS_EVER


def test_a_rule_of_ones_own_may_be_generic(tmp_path: Path) -> None:
    repo = made(tmp_path, {"tests/a.txt": "acme opens with q7Rt2Lx9Vb\n"})
    rule = tmp_path / "own.toml"
    rule.write_text("""[[rule]]
id = "acme-word"
name = "Acme word"
severity = "high"
generic = true
description = "Opens the door."
pattern = '''opens with (?P<secret>[0-9A-Za-z]{10})'''
examples = ["it opens with {alnum:10}", "and opens with {alnum:10}"]
counter_examples = ["opens with it", "opens"]
""")
    arguments = ("--rules", str(rule))
    assert judged(repo, *arguments, rule="acme-word") == LESS_SURE
