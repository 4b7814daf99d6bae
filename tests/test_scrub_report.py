"""`occ-audit scrub report` on real repositories: who, when, where, and what to do first."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from occ_audit.secret import Secret
from tests import repos
from tests.scans import leak, run, token

ANA = ("Ana Ops", "ana@example.org")
DAY = 86_400
LABELS = ("gone", "head", "branch", "tag", "note", "stash", "reflog", "lost", "message", "pull")


@dataclass(frozen=True)
class Report:
    """What one run gave."""

    code: int
    text: str
    plain: Mapping[str, Any]

    def row(self, label: str) -> dict[str, Any]:
        """Return the one row of the token of that label."""
        [found] = self.rows(label)
        return found

    def rows(self, label: str) -> list[dict[str, Any]]:
        key = bytes.fromhex(self.plain["key"])
        digest = Secret(token(label).encode()).digest(key)
        return [row for row in self.plain["secrets"] if row["digest"] == digest]


def report(repo: Path, *arguments: str | Path) -> Report:
    """Run `occ-audit scrub report` as JSON; no token may show."""
    code, out, err = run("scrub", "report", "--format", "json", *arguments, repo)
    assert "internal error" not in err, err
    assert "shpat" + "_" not in out
    return Report(code, out, json.loads(out) if out.startswith("{") else {})


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a repository with a secret in every place that git has, and commits by name."""
    repo = repos.init(tmp_path_factory.mktemp("places") / "r")
    at: dict[str, str] = {}
    repos.commit(repo, {"README.md": "hello\n"}, "Begin", when=repos.START)
    at["gone in"] = repos.commit(
        repo, {"deploy/a.env": leak("gone")}, when=repos.START + DAY, author=ANA
    )
    at["gone moved"] = repos.rename(repo, "deploy/a.env", "ops/a.env")
    at["gone out"] = repos.commit(repo, remove=["ops/a.env"], when=repos.START + 11 * DAY)
    at["head in"] = repos.commit(repo, {"b.env": leak("head")}, when=repos.START + 12 * DAY)
    at["message"] = repos.commit(repo, {"c.txt": "c\n"}, f"Use {token('message')} for the shop")
    repos.branch(repo, "feature")
    at["branch in"] = repos.commit(repo, {"f.env": leak("branch")})
    at["branch out"] = repos.commit(repo, {"f.env": "none\n"})
    repos.switch(repo, "main")
    repos.branch(repo, "released")
    repos.commit(repo, {"t.env": leak("tag")})
    repos.tag(repo, "v1", "Release")
    repos.commit(repo, {"p.env": leak("pull")})
    repos.ref(repo, "refs/pull/7/head")
    repos.switch(repo, "main")
    repos.git(repo, "branch", "-q", "-D", "released")
    repos.commit(repo, {"d.txt": "d\n"}, "A stash repeats the subject of HEAD")
    repos.note(repo, leak("note"))
    repos.dangling_commit(repo, {"l.env": leak("lost")})
    repos.reflog_only(repo, {"r.env": leak("reflog")})
    repos.stash(repo, {"b.env": leak("head") + leak("stash")})
    staged = repos.dangling_blob(repo, leak("index").encode())
    repos.git(repo, "update-index", "--add", "--cacheinfo", f"100644,{staged},i.env")
    repos.write(repo, {"w.env": leak("tree")})
    return repo, at


@pytest.fixture(scope="module")
def everywhere(places: tuple[Path, dict[str, str]]) -> Report:
    return report(places[0])


def test_one_row_for_each_secret(everywhere: Report) -> None:
    assert everywhere.code == 1
    assert len(everywhere.plain["secrets"]) == len(LABELS) + 2
    for label in (*LABELS, "index", "tree"):
        assert everywhere.row(label)["rule_id"] == "shopify-admin-token"
        assert everywhere.row(label)["mask"] == "shpa****"


def test_who_brought_it_in_and_who_took_it_out(
    everywhere: Report, places: tuple[Path, dict[str, str]]
) -> None:
    row, at = everywhere.row("gone"), places[1]
    assert [event["commit"] for event in row["introduced"]] == [at["gone in"]]
    assert row["authors"] == ["Ana Ops <ana@example.org>"]
    assert row["paths"]["shown"] == ["deploy/a.env", "ops/a.env"]
    assert row["last"]["commit"] == at["gone moved"]
    assert row["removed"]["commit"] == at["gone out"]
    assert row["removed"]["author"].startswith("Ada Example")
    assert row["commits"] == 2
    assert row["exposure"]["days"] == 10
    assert row["exposure"]["usable_days"] > 10
    assert row["exposure"]["start"].startswith("2025-10-11")
    assert row["exposure"]["end"].startswith("2025-10-21")
    assert "only in history" in row["states"]


def test_where_it_still_is(everywhere: Report) -> None:
    def at(label: str) -> dict[str, Any]:
        presence: dict[str, Any] = everywhere.row(label)["presence"]
        return presence

    assert at("head")["head"]
    assert at("head")["index"] == ["b.env"]
    assert at("head")["working_tree"] == ["b.env"]
    assert everywhere.row("head")["removed"] is None
    assert everywhere.row("head")["exposure"]["end"] == ""
    assert at("branch")["refs"]["shown"] == ["refs/heads/feature"]
    assert at("branch")["tips"]["count"] == 0
    assert at("tag")["kinds"] == {"pull": 1, "tag": 1}
    assert at("tag")["tips"]["shown"] == ["refs/pull/7/head", "refs/tags/v1"]
    assert at("pull")["kinds"] == {"pull": 1}
    assert at("note")["kinds"] == {"note": 1}
    assert at("stash")["kinds"] == {"stash": 1}
    assert at("reflog")["refs"]["count"] == 0
    assert "HEAD" in at("reflog")["reflogs"]
    assert at("lost")["unreachable"] == 1
    assert at("lost")["reflogs"] == []
    assert at("index")["index"] == ["i.env"]
    assert at("index")["unreachable"] == 0
    assert at("tree")["working_tree"] == ["w.env"]
    assert everywhere.row("lost")["states"] == ["not rotated", "only local remains", "never pushed"]


def test_a_message_is_told_as_such(everywhere: Report, places: tuple[Path, dict[str, str]]) -> None:
    row = everywhere.row("message")
    assert row["texts"] == [f"message of commit {places[1]['message']}"]
    assert row["paths"]["count"] == 0
    assert row["presence"]["head"]
    assert row["introduced"][0]["commit"] == places[1]["message"]


def test_a_branch_that_took_it_out_itself(
    everywhere: Report, places: tuple[Path, dict[str, str]]
) -> None:
    row, at = everywhere.row("branch"), places[1]
    assert row["removed"]["commit"] == at["branch out"]
    assert row["introduced"][0]["commit"] == at["branch in"]


def test_what_is_urgent_comes_first(everywhere: Report) -> None:
    rows = everywhere.plain["secrets"]
    assert [row["exposure"]["pushed"] for row in rows][:2] == ["yes", "yes"], "the pull refs"
    steps = [step["title"] for step in everywhere.plain["checklist"]]
    assert steps[0] == "Rotate Shopify Admin API access token (12 secrets)"
    assert steps[1] == "Record each rotation"
    assert any("pull refs" in step for step in steps)
    assert any("stash" in step for step in steps)
    assert steps[-1] == "Prove that all of it is gone"
    assert everywhere.plain["checklist"][0]["url"].startswith("https://")


def test_the_report_is_what_verify_reads(everywhere: Report, tmp_path: Path) -> None:
    from occ_audit.scrub import wanted

    file = tmp_path / "report.json"
    file.write_text(everywhere.text)
    known = wanted.read(file)
    assert known.find(Secret(token("gone").encode()))
    assert known.find(Secret(token("other").encode())) is None
    refs = {row["name"]: row for row in everywhere.plain["refs"]}
    assert {"HEAD", "refs/heads/main", "refs/stash", "refs/pull/7/head"} <= refs.keys()
    assert refs["refs/tags/v1"]["oid"] != refs["refs/tags/v1"]["commit"]
    assert everywhere.plain["counters"]["objects"] > 30


def test_the_same_secret_in_many_blobs_and_kinds_is_one_row(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    for number in range(12):
        repos.commit(repo, {f"{number % 3}.env": f"{number}\n{leak('x')}"})
    repos.commit(repo, {"u.txt": f"postgres://app:{token('x')}@db.corp.internal:5432/shop\n"})
    found = report(repo)
    row = found.row("x")
    assert len(row["fingerprints"]) >= 1
    assert row["objects"] >= 13
    assert len(row["introduced"]) == 1


def test_taken_out_and_put_back(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    first = repos.commit(repo, {"a.env": leak("x")})
    repos.commit(repo, {"a.env": "none\n"})
    again = repos.commit(repo, {"a.env": leak("x")})
    row = report(repo).row("x")
    assert [event["commit"] for event in row["introduced"]] == [first, again]
    assert row["removed"] is None
    assert row["exposure"]["end"] == ""


def test_a_copy_elsewhere_is_no_removal(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.env": leak("x")})
    repos.commit(repo, {"copy/b.env": leak("x")})
    repos.commit(repo, remove=["a.env"])
    row = report(repo).row("x")
    assert row["presence"]["head"]
    assert row["removed"] is None
    assert row["paths"]["shown"] == ["a.env", "copy/b.env"]


def test_merges_neither_bring_in_nor_take_out_what_a_parent_decided(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.txt": "a\n"})
    repos.branch(repo, "side")
    brought = repos.commit(repo, {"s.env": leak("x")})
    repos.switch(repo, "main")
    repos.commit(repo, {"b.txt": "b\n"})
    repos.git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "side", when=repos.START + DAY)
    repos.branch(repo, "mend")
    taken = repos.commit(repo, remove=["s.env"], when=repos.START + 2 * DAY)
    repos.switch(repo, "main")
    repos.commit(repo, {"c.txt": "c\n"}, when=repos.START + 3 * DAY)
    repos.git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "mend", when=repos.START + 4 * DAY)
    row = report(repo).row("x")
    assert [event["commit"] for event in row["introduced"]] == [brought]
    assert row["removed"]["commit"] == taken
    assert row["exposure"]["end"].startswith("2025-10-14"), "main had it until the merge"
    assert "refs/heads/side" in row["presence"]["tips"]["shown"]


def test_an_evil_merge_brings_in_and_takes_out(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.txt": "a\n", "old.env": leak("old")})
    merge = repos.evil_merge(repo, {"m.env": leak("x"), "old.env": "none\n"})
    found = report(repo)
    assert found.row("x")["introduced"][0]["commit"] == merge
    assert found.row("old")["removed"]["commit"] == merge


def test_pushed_or_not(tmp_path: Path) -> None:
    origin = repos.init(tmp_path / "origin")
    repos.commit(origin, {"a.env": leak("pushed")})
    clone = repos.clone(origin, tmp_path / "clone")
    repos.commit(clone, {"b.env": leak("local")})
    repos.write(clone, {"c.env": leak("disk")})
    found = report(clone)
    pushed, local, disk = (found.row(name)["exposure"] for name in ("pushed", "local", "disk"))
    assert pushed["pushed"] == "yes"
    assert pushed["evidence"] == [
        "remote-tracking ref refs/remotes/origin/HEAD, refs/remotes/origin/main"
    ]
    assert local["pushed"] == "possible"
    assert str(origin) in local["evidence"][0]
    assert disk["pushed"] == "no"
    assert found.plain["remotes"] == [f"origin {origin.as_uri()}"]
    alone = report(origin).row("pushed")["exposure"]
    assert (alone["pushed"], alone["evidence"]) == ("no", ["this clone has no remote"])


def test_pushed_and_then_forced_away(tmp_path: Path) -> None:
    origin = repos.bare(_one_commit(tmp_path / "first"), tmp_path / "origin")
    clone = repos.clone(origin, tmp_path / "clone")
    repos.commit(clone, {"b.env": leak("x")})
    repos.git(clone, "push", "-q")
    repos.git(clone, "reset", "-q", "--hard", "HEAD~1")
    repos.git(clone, "push", "-q", "--force")
    exposure = report(clone).row("x")["exposure"]
    assert exposure["pushed"] == "yes"
    assert exposure["evidence"] == [
        "the reflog of refs/remotes/origin/main, which has lost it since"
    ]


def _one_commit(path: Path) -> Path:
    repo = repos.init(path)
    repos.commit(repo, {"a.txt": "a\n"})
    return repo


def test_a_mirror_has_what_its_origin_has(tmp_path: Path) -> None:
    origin = repos.init(tmp_path / "origin")
    repos.commit(origin, {"a.env": leak("x")})
    mirror = repos.bare(origin, tmp_path / "mirror")
    row = report(mirror).row("x")
    assert row["exposure"]["pushed"] == "yes"
    assert row["exposure"]["evidence"] == [f"this repository mirrors {origin.as_uri()}"]


def test_other_working_trees_and_names_count(tmp_path: Path) -> None:
    repo = _one_commit(tmp_path / "r")
    repos.commit(repo, {f"dumps/{token('name')}/x.txt": "x\n"})
    repos.commit(repo, remove=[f"dumps/{token('name')}/x.txt"])
    repos.git(repo, "branch", f"fix-{token('ref')}")
    other = repos.worktree(repo, tmp_path / "other")
    repos.write(other, {"o.env": leak("other")})
    found = report(repo)
    assert found.row("other")["presence"]["working_tree"] == ["o.env"]
    assert found.row("name")["texts"] == ["name of dumps/****/x.txt"]
    assert found.row("name")["removed"]
    assert found.row("ref")["texts"] == ["name of refs/heads/fix-****"]
    assert found.row("ref")["presence"]["refs"]["shown"] == ["refs/heads/fix-****"]


def test_the_ledger_ends_the_exposure(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.env": leak("done"), "b.env": leak("early"), "c.env": leak("open")})
    found = report(repo)
    for label, day in (("done", "2025-10-20"), ("early", "2025-10-01")):
        repos.stage(repo, {"evidence.md": "rotated\n"})
        code, _, err = run(
            *("rotate", "add", found.row(label)["fingerprint"], "--what", "token", "--by", "Ana"),
            *("--evidence", repo / "evidence.md", "--rotated", day, repo),
        )
        assert code == 0, err
    found = report(repo)
    done, early, still = (found.row(label) for label in ("done", "early", "open"))
    assert done["rotation"] == {
        "date": "2025-10-20",
        "by": "Ana",
        "evidence": "evidence.md",
        "problem": "",
    }
    assert done["exposure"]["usable_days"] == 9
    assert "was rotated on 2025-10-01, but leaked on 2025-10-10" in early["rotation"]["problem"]
    assert early["exposure"]["usable_days"] == still["exposure"]["usable_days"] > 9
    assert found.plain["secrets"][-1] == done, "what is rotated is the least urgent"
    assert set(found.plain["checklist"][0]["fingerprints"]) == {
        early["fingerprint"],
        still["fingerprint"],
    }


def test_the_configuration_names_mirrors_and_forks(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    config = '[scrub]\nmirrors = ["https://mirror.example/r.git"]\nforks = ["git.example:b/r"]\n'
    repos.commit(repo, {"a.env": leak("x"), ".occ-audit.toml": config})
    repos.git(repo, "remote", "add", "origin", "https://ana:s3cr3tpassw0rd@git.example/a/r.git")
    found = report(repo)
    assert found.plain["remotes"] == ["origin https://git.example/a/r.git"]
    assert found.plain["mirrors"] == ["https://mirror.example/r.git"]
    [step] = [s for s in found.plain["checklist"] if s["title"].startswith("Clean the mirrors")]
    assert step["detail"] == "https://mirror.example/r.git, git.example:b/r."


def test_accepted_secrets_stand_last_and_baselined_ones_stay(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    comment = "  # occ-audit: allow[shopify-admin-token] made for the tests\n"
    repos.commit(repo, {"a.env": leak("fine").strip() + comment, "b.env": leak("known")})
    assert run("baseline", "write", "--reason", "old", repo)[0] == 0
    found = report(repo)
    assert found.row("fine")["suppression"] == "inline: made for the tests"
    assert found.row("known")["suppression"] == ""
    assert found.plain["secrets"][-1] == found.row("fine")
    assert found.plain["summary"]["secrets"] == 1


def test_nothing_found_and_no_commit_yet(tmp_path: Path) -> None:
    repo = _one_commit(tmp_path / "r")
    code, out, _ = run("scrub", "report", repo)
    assert code == 0
    assert out.splitlines()[-1] == "clean: no secrets in what was read"
    empty = repos.init(tmp_path / "empty")
    assert report(empty).plain["secrets"] == []


def test_what_is_missing_makes_it_incomplete(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.env": leak("x"), "sub/b.txt": "b\n"})
    repos.commit(repo, {"a.env": "none\n", "sub/b.txt": "c\n"})
    tree = repos.oid(repo, "HEAD~1:sub")
    repos.commit(repo, {"c.txt": "c\n"})
    repos.drop_object(repo, tree)
    found = report(repo)
    assert found.row("x")["introduced"]
    assert not found.plain["complete"]
    assert any("tree is missing" in row["reason"] for row in found.plain["skipped"])


def test_a_shallow_clone_says_where_it_ends(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.env": leak("x")})
    repos.commit(repo, {"b.txt": "b\n"})
    found = report(repos.shallow(repo, tmp_path / "s"))
    assert found.row("x")["presence"]["head"]
    assert not found.plain["complete"]


def test_sha256_and_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    repo = repos.sha256(tmp_path / "r")
    repos.commit(repo, {"a.txt": "a\n"})
    brought = repos.invalid_name(repo, leak("x").encode())
    row = report(repo).row("x")
    assert row["introduced"][0]["commit"] == brought
    assert row["paths"]["shown"] == ["caf\\xe9.txt"]


def test_all_formats_hold_the_same_and_no_secret(
    places: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("json", "markdown", "csv", "html", "terminal")}
    options = [f"--report={name}={file}" for name, file in files.items()]
    code, out, err = run("scrub", "report", "-o", tmp_path / "out", *options, "-v", places[0])
    assert (code, out, err) == (1, "", "")
    for name, file in files.items():
        text = file.read_text()
        assert "shpat" + "_" not in text, name
        assert text.count("ops/a.env") >= 1, name
        assert places[1]["gone out"][:12] in text, name
    assert (tmp_path / "out").read_text() == files["terminal"].read_text()
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text())))
    assert len(rows) == 12
    assert [row["rank"] for row in rows][:3] == ["1", "2", "3"]
    gone = next(row for row in rows if "ops/a.env" in row["paths"])
    assert gone["removed_commit"] == places[1]["gone out"]
    assert gone["exposed_days"] == "10"


def test_the_terminal_tells_it_in_words(places: tuple[Path, dict[str, str]]) -> None:
    _, out, _ = run("scrub", "report", places[0])
    last = out.splitlines()[-1]
    out = " ".join(out.split())
    assert "came in 2025-10-11" in out
    assert "by Ana Ops <ana@example.org>" in out
    assert "exposed 2025-10-11 to 2025-10-21: 10 days" in out
    assert "reflog of " in out
    assert "1 unreachable object" in out
    assert "what to do first" in out
    assert last == "12 secrets leaked, 12 not rotated"


def test_formulas_and_pipes_stay_text(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    name = "=cmd|' calc'!A0"
    repos.commit(repo, {f"{name}.env": leak("x"), "a|b.env": leak("y")}, author=("=1+1", "a@b.c"))
    files = {name: tmp_path / name for name in ("csv", "markdown")}
    run("scrub", "report", *(f"--report={n}={f}" for n, f in files.items()), repo)
    for row in csv.reader(io.StringIO(files["csv"].read_text())):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    tables = [line for line in files["markdown"].read_text().splitlines() if line.startswith("| ")]
    for row in tables[2:]:
        assert row.replace("\\|", "").count("|") == 9, row


def test_mistakes_are_told(tmp_path: Path) -> None:
    code, _, err = run("scrub", "report", tmp_path)
    assert (code, "no git repository" in err) == (2, True)
    repo = _one_commit(tmp_path / "r")
    code, _, err = run("scrub", "report", "--report", "pdf=x", repo)
    assert (code, "html" in err) == (2, True)
    code, _, err = run("scrub", "report", "-o", tmp_path / "no" / "x", repo)
    assert code == 2
    assert "no/x" in err


def test_a_secret_in_a_message_is_in_no_file(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.txt": "x\n"}, f"Tried {token('message')}")
    code, out, _ = run("scrub", "report", repo)
    assert code == 1
    assert "Rewrite the history of 1 secret" in out
    assert "out of the current files" not in out


def test_commits_of_one_second_stand_in_the_order_of_the_graph(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    came, gone, last = [], [], []
    for number in range(6):
        files = {"s.env": leak("x"), "n.txt": f"{number}\n"}
        came.append(repos.commit(repo, files, when=repos.START))
        last.append(repos.commit(repo, {"n.txt": f"{number} more\n"}, when=repos.START))
        gone.append(repos.commit(repo, remove=["s.env"], when=repos.START))
    row = report(repo).row("x")
    assert [event["commit"] for event in row["introduced"]] == came
    assert row["last"]["commit"] == last[-1]
    assert row["removed"]["commit"] == gone[-1]
