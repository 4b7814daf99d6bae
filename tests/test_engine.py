"""The engine: what is one finding, what order they come in, and what a report tells of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan


def empty_tree(repo: Path) -> str:
    return repos.git(repo, "hash-object", "-t", "tree", "/dev/null").decode()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repos.init(tmp_path / "repo")


def test_one_secret_in_many_places_is_one_finding(repo: Path) -> None:
    repos.commit(repo, {"a.env": leak("one") * 2, "sub/b.env": "\n" + leak("one")})
    found = scan(repo).finding("one")
    places = [(place["path"], place["line"]) for place in found["locations"]]
    assert sorted(places) == [("a.env", 1), ("a.env", 2), ("sub/b.env", 2)]


def test_fingerprints_survive_moved_lines_and_renamed_files(repo: Path) -> None:
    repos.commit(repo, {"a.env": leak("one")})
    before = scan(repo).finding("one")["fingerprint"]
    repos.rename(repo, "a.env", "b.env")
    repos.commit(repo, {"b.env": "# comment\n\n" + leak("one")})
    assert scan(repo).finding("one")["fingerprint"] == before
    assert scan("--history", repo).finding("one")["fingerprint"] == before


def test_the_projects_salt_makes_fingerprints_of_its_own(repo: Path) -> None:
    repos.commit(repo, {"a.env": leak("one")})
    before = scan(repo).report["findings"][0]
    repos.commit(repo, {".occ-audit.toml": 'salt = "a grain of it"\n'})
    after = scan(repo).report["findings"][0]
    assert before["fingerprint"] != after["fingerprint"]
    assert before["secret"]["digest"] != after["secret"]["digest"]


def test_the_gravest_comes_first_then_by_place(repo: Path) -> None:
    shop = "SHOP_DOMAIN=lantern-supply.myshopify.com\n"
    repos.commit(repo, {"b.env": shop + leak("b"), "a.env": "\n" + leak("a1") + leak("a2")})
    rows = scan(repo).report["findings"]
    places = [(row["locations"][0]["path"], row["locations"][0]["line"]) for row in rows]
    assert places == [("a.env", 2), ("a.env", 3), ("b.env", 2), ("b.env", 1)]


def test_rules_and_severities_that_the_project_decided_on(repo: Path) -> None:
    config = '[severity]\nshopify-admin-token = "low"\n'
    repos.commit(repo, {"a.env": leak("one"), ".occ-audit.toml": config})
    result = scan(repo)
    assert result.code == 0
    assert result.finding("one")["severity"] == "low"
    repos.commit(repo, {".occ-audit.toml": 'disable = ["shopify-admin-token"]\n'})
    assert not scan(repo).rules("shopify-admin-token")


def test_a_comment_suppresses_in_its_own_place_only(repo: Path) -> None:
    line = leak("one").rstrip("\n")
    comment = "occ-audit: allow[shopify-admin-token] revoked"
    repos.commit(repo, {"a.env": f"{line} # {comment}\n"})
    result = scan(repo)
    assert result.code == 0
    assert result.finding("one")["suppression"]["kind"] == "inline"
    assert scan("--no-inline-ignores", repo).code == 1
    repos.commit(repo, {"b.env": f"{line}\n"})
    result = scan(repo)
    assert result.code == 1
    rows = result.rules("shopify-admin-token")
    assert [row["suppression"] is None for row in rows].count(True) == 1


def test_a_comment_on_a_very_long_line(repo: Path) -> None:
    comment = "# occ-audit: allow[shopify-admin-token] revoked\n"
    token = scans.token("one")
    repos.commit(repo, {"a.env": "x " * 100_000 + f"KEY={token} {comment}"})
    assert scan(repo).code == 0
    repos.commit(repo, {"a.env": f"KEY={token} " + "x " * 100_000 + comment})
    assert scan(repo).finding("one")


def test_what_was_read_is_counted(repo: Path) -> None:
    repos.commit(repo, {"a.txt": "12345", "b.md": "# B\n\n`a.txt`\n"})
    result = scan(repo)
    size = 5 + len("# B\n\n`a.txt`\n")
    assert result.counters == {"files": 2, "bytes": size, "documents": 2, "references": 1}
    stats = result.report["stats"]
    assert stats["source"] == "worktree"
    assert stats["repository"] == {"uri": "", "revision": repos.oid(repo), "branch": "main"}
    assert stats["complete"] is True
    assert stats["seconds"] >= 0


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_the_number_of_threads_changes_nothing(repo: Path, jobs: int) -> None:
    names = [f"f{n:02}.env" for n in range(20)]
    repos.commit(repo, {name: leak(name) for name in names})
    for options in ([], ["--history"]):
        result = scan("--jobs", str(jobs), *options, repo)
        assert [result.paths(name) for name in names] == [[name] for name in names]
        assert result.counters["objects" if options else "files"] >= 20


def test_the_first_place_of_a_secret_is_the_same_with_any_number_of_threads(repo: Path) -> None:
    repos.commit(repo, {f"f{n:02}.env": leak(f"{n % 5}") for n in range(20)})
    options = ([], ["--history"], ["--range", f"{empty_tree(repo)}..HEAD"])
    for chosen in options:
        rows = [scan("--jobs", jobs, *chosen, repo).report["findings"] for jobs in ("1", "2", "7")]
        assert rows[0] == rows[1] == rows[2]
    first = [row["locations"][0]["path"] for row in scan("--jobs", "2", repo).report["findings"]]
    assert sorted(first) == [f"f{n:02}.env" for n in range(5)]


def test_contents_larger_than_a_batch(repo: Path) -> None:
    filler = "abcdefg\n" * 700_000
    big = filler + leak("in the large")
    repos.commit(repo, {"1.raw": big, "2.env": leak("behind"), "3.raw": "y" + big, "4": "z\n"})
    for options in ([], ["--history"], ["--range", f"{empty_tree(repo)}..HEAD"]):
        for jobs in ("1", "2"):
            result = scan("--jobs", jobs, *options, repo)
            assert result.paths("in the large") == ["1.raw", "3.raw"]
            assert result.paths("behind") == ["2.env"]
            assert result.finding("in the large")["locations"][0]["line"] == 700_001


def test_what_is_too_large_costs_no_other_content(repo: Path) -> None:
    repos.commit(repo, {".occ-audit.toml": "max_bytes = 5_000_000\n"})
    files = {f"{n}.env": leak(f"small {n}") for n in range(5)}
    large = {f"{n}.large": f"{n}" * 6_000_000 for n in range(3)}
    repos.commit(repo, files | large)
    for options in ([], ["--history"], ["--range", "HEAD~..HEAD"]):
        result = scan("--jobs", "1", *options, repo)
        assert [result.paths(f"small {n}") for n in range(5)] == [[f"{n}.env"] for n in range(5)]
        assert len(result.incomplete) == 3
        assert len(result.skipped("larger than the bound")) == 3
