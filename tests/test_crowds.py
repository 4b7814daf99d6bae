"""Many guessable secrets: each is told, one by one or together, and an audit does not wait long."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from occ_audit import secret as secrets
from occ_audit.checks import crowds
from tests import repos
from tests.scans import run, scan

RULE = "assigned-password"


def password(number: int) -> str:
    return hashlib.sha256(f"crowd {number}".encode()).hexdigest()[:9]


def table(numbers: range) -> str:
    return "user,password\n" + "".join(f"user{one},{password(one)}\n" for one in numbers)


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds.folded, "__defaults__", (20,))


def found(repo: Path, *options: str) -> list[dict[str, Any]]:
    """Return the findings, the passwords of one finding first; none may show."""
    result = scan("--only", "secrets", *options, repo)
    assert password(3) not in result.out
    assert password(33) not in result.out
    rows = list(result.report["findings"])
    return sorted(rows, key=lambda row: row["properties"].get("secrets", 0))


def test_what_is_too_much_for_a_finding_each_is_told_in_one(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(50))})
    *each, rest = found(repo)
    assert [len(row["locations"]) for row in each] == [1] * 20
    assert rest["message"] == "Password assigned to a name in clear, and 29 more"
    assert [place["line"] for place in rest["locations"]] == list(range(22, 52))
    assert rest["severity"] == "medium"
    assert len(found(repo, "--history")) == 21


def test_a_few_are_as_they_always_were(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(20))})
    rows = found(repo)
    fingerprints = {f"{RULE}:{secrets.Secret(password(n).encode()).digest()}" for n in range(20)}
    assert {row["fingerprint"] for row in rows} == fingerprints
    repos.commit(repo, {"users.csv": table(range(50))})
    kept = {row["fingerprint"] for row in found(repo)[:-1]}
    assert kept == fingerprints, "those that come first keep their fingerprints"


def test_the_slow_digests_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(300, 400))})
    made: list[bytes] = []

    def scrypt(identity: bytes, **_: Any) -> bytes:
        made.append(identity)
        return hashlib.sha256(identity).digest()[:16]

    monkeypatch.setattr(secrets.hashlib, "scrypt", scrypt)
    secrets._digest.cache_clear()
    try:
        assert len(found(repo)) == 21
    finally:
        secrets._digest.cache_clear()
    assert len(made) == 20


def test_comments_make_no_digest_that_they_do_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repos.init(tmp_path / "repo")
    mark = "# occ-audit: " + "allow[assigned-password] a sample"
    rows = [f"db_password_{n} = '{password(n)}'  {mark}\n" for n in range(500, 600)]
    repos.commit(repo, {"a.py": "".join(rows)})
    made: list[bytes] = []

    def scrypt(identity: bytes, **_: Any) -> bytes:
        made.append(identity)
        return hashlib.sha256(identity).digest()[:16]

    monkeypatch.setattr(secrets.hashlib, "scrypt", scrypt)
    secrets._digest.cache_clear()
    try:
        rows_found = found(repo)
    finally:
        secrets._digest.cache_clear()
    assert sum(row["properties"].get("secrets", 1) for row in rows_found) == 100
    assert all(row["suppression"]["reason"] == "a sample" for row in rows_found)
    assert len(made) == 20


def test_few_in_many_files_are_one_finding_of_all(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    files = {f"{n:02}.env": f"DB_PASSWORD={password(n)}\n" for n in range(40)}
    repos.commit(repo, {**files, "z.csv": table(range(50, 70))})
    *_, scattered, in_table = found(repo, "--jobs", "1")
    assert {place["path"] for place in in_table["locations"]} == {"z.csv"}
    assert [place["path"] for place in scattered["locations"]] == [
        f"{n}.env" for n in range(20, 40)
    ]
    assert found(repo, "--jobs", "2") == found(repo, "--jobs", "1")


def test_a_baseline_accepts_it_until_another_one_comes(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(50))})
    assert run("baseline", "write", repo)[0] == 0
    baseline = (repo / ".occ-audit-baseline.jsonl").read_text()
    assert len(baseline.splitlines()) == 22
    assert password(33) not in baseline
    assert scan("--only", "secrets", repo).code == 0
    repos.write(repo, {"users.csv": table(range(51))})
    result = scan("--only", "secrets", repo)
    assert result.code == 1
    [row] = [row for row in result.report["findings"] if not row["suppression"]]
    assert row["message"].endswith(", and 30 more")


def test_a_scrub_names_each(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(50))})
    _, said, _ = run("scrub", "report", "--format", "json", repo)
    assert len(json.loads(said)["secrets"]) == 50


def test_a_second_scan_of_a_history_finds_the_same(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"users.csv": table(range(50))})
    first = found(repo, "--history")
    assert found(repo, "--history") == first
    repos.commit(repo, {"more.csv": table(range(70, 100))})
    afresh = found(repo, "--history", "--no-cache")
    assert found(repo, "--history") == afresh
