"""`scan --explain` and `--min-confidence`: why a candidate is, or is no, finding, and how sure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import repos
from tests.scans import leak, run, token

RANDOM = "q7Rt2Lx9Vb4Nz8Kd" + "Hs5Jw0Pm"
FILES = {
    "a.env": f'DB_PASSWORD=changeme\nAPI_KEY="{RANDOM}"\n' + leak("a"),
    "b.env": "DB_PASSWORD=changeme\n",
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("explain") / "r")
    repos.commit(made, FILES)
    return made


@pytest.mark.parametrize("choice", [[], ["--at=HEAD"], ["--history"]])
def test_every_candidate_with_its_place_and_reasons(repo: Path, choice: list[str]) -> None:
    code, out, _ = run("scan", repo, "--explain", "--format", "json", *choice)
    rows = json.loads(out)["candidates"]
    places = {(row["locations"][0]["path"], row["locations"][0]["line"]) for row in rows}
    dropped = [row for row in rows if not row["kept"]]
    assert code == 1
    assert {("a.env", 1), ("a.env", 2), ("a.env", 3), ("b.env", 1)} <= places
    assert any("assigned: the value is a usual stand-in" in r["reasons"][-1] for r in dropped)
    assert all(row["reasons"] for row in rows)
    assert RANDOM not in out
    assert token("a") not in out


def test_nothing_is_explained_unasked(repo: Path) -> None:
    assert "candidates" not in json.loads(run("scan", repo, "--format", "json")[1])


def test_explained_for_a_person(repo: Path) -> None:
    _, out, _ = run("scan", repo, "--explain")
    assert "b.env:1:13  dropped  assigned-password  ****\n" in out
    assert "      assigned: the value is a usual stand-in for a secret\n" in out
    assert "changeme" not in out


def test_json_lines(repo: Path) -> None:
    _, out, _ = run("scan", repo, "--explain", "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert {row["kept"] for row in rows if row["type"] == "candidate"} == {True, False}


def test_confidence_hides_but_does_not_turn_a_run_green(repo: Path) -> None:
    arguments = ("scan", repo, "--min-confidence", "certain")
    code, out, _ = run(*arguments)
    assert code == 1
    assert "below certain not shown" in out
    stats = json.loads(run(*arguments, "--format", "json")[1])["stats"]
    assert stats["findings"]["below_min_confidence"] == 2


@pytest.mark.parametrize("name", ["terminal", "markdown"])
def test_confidence_stands_beside_severity(repo: Path, name: str) -> None:
    assert "high (likely)" in run("scan", repo, "--format", name)[1]


def test_confidence_in_sarif(repo: Path) -> None:
    results = json.loads(run("scan", repo, "--format", "sarif")[1])["runs"][0]["results"]
    assert {(r["properties"]["confidence"], r["rank"]) for r in results} == {("likely", 70.0)}
