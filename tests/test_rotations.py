"""The rotation ledger: how it is read and written, and what the audit says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from occ_audit import rules
from occ_audit.cli._scan_options import ScanOptions
from occ_audit.cli._scan_run import run_scan
from occ_audit.errors import AuditError
from occ_audit.model import Finding
from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.scrub import rotation_check, rotations
from occ_audit.scrub.rotations import Entry
from occ_audit.secret import Secret
from occ_audit.sources._trees import commit_tree
from tests import repos
from tests.detection import check_of
from tests.scans import leak, run, token

DAY = "2025-11-01"
"""A day after all commits of `tests.repos`."""


RULE = "shopify-admin-token"


def fingerprint(label: str) -> str:
    return f"{RULE}:{Secret(token(label).encode()).digest()}"


def entry(label: str, **fields: str) -> Entry:
    given = {
        "fingerprint": fingerprint(label),
        "what": f"the token {label}",
        "rotated": DAY,
        "by": "Ada",
        "evidence": "artifacts/rotated.md",
    }
    return Entry(**(given | fields))


def ledger(*entries: Entry) -> str:
    text = ""
    for one in entries:
        text = rotations.added(text, one, "rotations.toml")
    return text


# The file


def test_entries_are_sorted_and_read_again() -> None:
    labels = ["one", "two", "three", "four"]
    text = ledger(*map(entry, labels))
    read = rotations.parse(text, "x")
    assert [row.fingerprint for row in read] == sorted(map(fingerprint, labels))
    assert {row.what for row in read} == {f"the token {label}" for label in labels}
    assert text == ledger(*map(entry, reversed(labels)))


def test_comments_and_order_of_others_stay() -> None:
    first, second = sorted(map(entry, ("one", "two")), key=lambda row: row.fingerprint)
    text = ledger(second).replace("[[rotation]]", "# asked for by the auditors\n[[rotation]]")
    both = rotations.added(text, first, "x")
    assert (
        both.index(first.fingerprint) < both.index("# asked for") < both.index(second.fingerprint)
    )
    assert both.startswith("# Rotated secrets.")


def test_two_branches_merge(tmp_path: Path) -> None:
    """Entries that are not next to each other merge without a conflict."""
    labels = sorted((f"t{n}" for n in range(6)), key=fingerprint)
    repo = repos.init(tmp_path / "repo")
    base = ledger(*(entry(labels[n]) for n in (1, 2, 3, 4)))
    repos.commit(repo, {"rotations.toml": base})
    repos.branch(repo, "side")
    repos.commit(repo, {"rotations.toml": rotations.added(base, entry(labels[5]), "x")})
    repos.switch(repo, "main")
    repos.commit(repo, {"rotations.toml": rotations.added(base, entry(labels[0]), "x")})
    repos.git(repo, "merge", "-q", "--no-edit", "side")
    assert len(rotations.read(repo / "rotations.toml")) == 6


@pytest.mark.parametrize("text", ['a "quoted" word', "back\\slash", "grün ✓", "tab? no", "#1"])
def test_any_text_is_read_again(text: str) -> None:
    [read] = rotations.parse(ledger(entry("one", what=text, by=text)), "x")
    assert (read.what, read.by) == (text, text)


GOOD = ledger(entry("one"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("by =", "bye =", "rotation[0].bye: there is no such key"),
        ('by = "Ada"\n', "", "rotation[0].by: is missing"),
        (fingerprint("one"), "shopify:1", "is not a fingerprint"),
        (DAY, "last week", "neither a date nor a timestamp"),
        (DAY, "9999-12-31T23:59:59-12:00", "neither a date nor a timestamp"),
        ("artifacts/rotated.md", "../rotated.md", "no path in the repository"),
        ("artifacts/rotated.md", "/etc/passwd", "no path in the repository"),
        ('"Ada"', '"A\\u001bda"', "should be one line of text"),
        ('"Ada"', '" "', "should be one line of text"),
        ('"Ada"', "[1]", "should be a text"),
        ("[[rotation]]", "[[rotations]]", "there is no such key"),
        ("[[rotation]]", "<<<<<<< main\n[[rotation]]", "unresolved merge conflict"),
        ("[[rotation]]", "[[rotation]", "not valid TOML"),
    ],
)
def test_mistakes_are_named_with_their_line(old: str, new: str, problem: str) -> None:
    with pytest.raises(AuditError) as caught:
        rotations.parse(GOOD.replace(old, new, 1), "rotations.toml")
    assert problem in caught.value.problem
    assert caught.value.where.startswith("rotations.toml")
    assert caught.value.mend


def test_one_secret_twice() -> None:
    with pytest.raises(AuditError, match="entry already, in line 3"):
        rotations.parse(GOOD + GOOD.partition("\n\n")[2], "x")
    with pytest.raises(AuditError, match="recorded already"):
        rotations.added(GOOD, entry("one"), "x")


def test_dates_as_toml_has_them() -> None:
    for written, read in (("2025-11-01", "2025-11-01"), ("2025-11-01T10:00:00Z", "2025-11-01T10")):
        [one] = rotations.parse(GOOD.replace(f'"{DAY}"', written), "x")
        assert one.rotated.startswith(read)


@pytest.mark.parametrize(
    ("rotated", "before"),
    [
        ("2025-10-09", True),
        ("2025-10-10", False),
        ("2025-10-10T07:59:59Z", True),
        ("2025-10-10T08:00:01", False),
        ("2025-10-10T09:59:00+02:00", True),
    ],
)
def test_before(rotated: str, before: bool) -> None:
    assert rotations.is_before(rotated, "2025-10-10T10:00:00+02:00") is before


# The commands


def add(repo: Path, label: str, *options: str | Path) -> tuple[int, str, str]:
    arguments = ("--what", f"token {label}", "--by", "Ada", *options)
    return run("rotate", "add", fingerprint(label), *arguments, repo)


def test_add_and_list(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.write(repo, {"artifacts/rotated.md": "done\n"})
    code, said, _ = add(repo, "one", "--evidence", "artifacts/rotated.md", "--rotated", DAY)
    assert (code, said) == (0, f"rotations.toml: {fingerprint('one')} rotated {DAY}\n")
    assert add(repo / "artifacts", "two", "--evidence", "rotated.md")[0] == 0
    code, said, _ = run("rotate", "list", "--format", "json", repo)
    rows = {row["fingerprint"]: row for row in json.loads(said)}
    assert rows[fingerprint("one")]["rotated"] == DAY
    assert rows[fingerprint("two")]["evidence"] == "artifacts/rotated.md"
    assert rows[fingerprint("two")]["rotated"].endswith("Z")
    code, said, _ = run("rotate", "list", repo)
    assert "token one, by Ada: artifacts/rotated.md" in said
    assert said.endswith("2 rotated\n")


@pytest.mark.parametrize("evidence", ["none.md", "../outside.md", "."])
def test_add_needs_evidence(tmp_path: Path, evidence: str) -> None:
    repo = repos.init(tmp_path / "repo")
    (tmp_path / "outside.md").touch()
    code, _, err = add(repo, "one", "--evidence", evidence)
    assert code == 2
    assert "no such evidence" in err
    assert not (repo / "rotations.toml").exists()


@pytest.mark.parametrize("option", ["--what", "--by", "--rotated"])
def test_add_refuses_what_it_could_not_read(tmp_path: Path, option: str) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.write(repo, {"e.md": "done\n"})
    code, _, err = add(repo, "one", "--evidence", "e.md", option, "two\nlines")
    assert code == 2
    assert "the new entry" in err
    assert not (repo / "rotations.toml").exists()


def test_list_without_a_ledger(tmp_path: Path) -> None:
    assert run("rotate", "list", repos.init(tmp_path / "repo"))[:2] == (0, "0 rotated\n")


# The audit


def audited(repo: Path) -> list[Finding]:
    """Scan the history, and return what is said of rotations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "occ_audit.cli._scan_run.SecretCheck", lambda chosen, *_: check_of(tuple(chosen))
        )
        _, report = run_scan(ScanOptions(paths=(repo,), history=True, only="secrets", quiet=True))
    found = Repository.discover(repo)
    assert found is not None
    tree = commit_tree(found, found.head, "HEAD", 2**20)
    return list(said(tree, [row for row in report.findings if row.rule_id == RULE]))


def said(tree: object, found: Iterable[Finding]) -> Iterable[Finding]:
    return rotation_check.findings(rules.load(), tree, found, Coverage())  # type: ignore[arg-type]


def leaked(folder: Path) -> Path:
    repo = repos.init(folder / "repo")
    repos.commit(repo, {"a.env": leak("one")})
    repos.commit(repo, {"a.env": "SHOPIFY_ADMIN_TOKEN=in the vault\n"})
    return repo


def test_without_a_ledger_nothing_is_asked(tmp_path: Path) -> None:
    assert audited(leaked(tmp_path)) == []


def test_a_secret_without_rotation(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    repos.commit(repo, {"rotations.toml": ledger(entry("other"))})
    [found] = audited(repo)
    assert found.rule_id == "rotation-missing"
    assert found.message == f"no rotation is recorded of {fingerprint('one')} (shpa****)"
    assert found.locations[0].origins[0].path == "rotations.toml"
    assert "occ-audit rotate add" in str(found.properties["next_step"])


def test_a_rotation_with_evidence(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    files = {"rotations.toml": ledger(entry("one")), "artifacts/rotated.md": "done\n"}
    repos.commit(repo, files)
    assert audited(repo) == []


def test_a_rotation_that_is_still_to_come(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    text = ledger(entry("one", rotated="9000-01-31"))
    repos.commit(repo, {"rotations.toml": text, "artifacts/rotated.md": "done\n"})
    [found] = audited(repo)
    assert found.rule_id == "rotation-missing"
    assert found.message == "the rotation of the token one is still to come: 9000-01-31"
    assert found.locations[0].line == 3
    how = ("--evidence", "artifacts/rotated.md", "--rotated", "9000-01-31T10:00:00Z")
    code, _, err = add(repo, "two", *how)
    assert code == 2
    assert "--rotated: 9000-01-31T10:00:00Z is still to come" in err


def test_a_folder_is_evidence_too(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    text = ledger(entry("one", evidence="artifacts"))
    repos.commit(repo, {"rotations.toml": text, "artifacts/rotated.md": "done\n"})
    assert audited(repo) == []


def test_missing_evidence(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    text = ledger(*(entry(label) for label in ("one", "two", "three")))
    repos.commit(repo, {"rotations.toml": text})
    [found] = audited(repo)
    assert found.rule_id == "rotation-evidence-missing"
    assert found.message == (
        "artifacts/rotated.md shows the rotation of the token one, but it is not in HEAD"
    )
    line = text[: text.index(fingerprint("one"))].count("\n")
    assert found.locations[0].line == line
    at = found.locations[0].start
    assert text[at:].startswith(f'[[rotation]]\nfingerprint = "{fingerprint("one")}"')


def test_a_rotation_before_the_leak(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    text = ledger(entry("one", rotated="2025-10-09"))
    repos.commit(repo, {"rotations.toml": text, "artifacts/rotated.md": "done\n"})
    [found] = audited(repo)
    assert found.rule_id == "rotation-evidence-old"
    assert "was rotated on 2025-10-09, but leaked on 2025-10-10T08:00:00+00:00" in found.message


def test_evidence_of_a_day_that_no_calendar_knows(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    files = {"rotations.toml": ledger(entry("one")), "artifacts/rotated.md": "done\n"}
    repos.commit(repo, files)
    repos.redate(repo, "253402300800 +0000")
    assert audited(repo) == []


def test_evidence_before_the_leak(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"artifacts/rotated.md": "done\n"})
    repos.commit(repo, {"a.env": leak("one")})
    repos.commit(repo, {"rotations.toml": ledger(entry("one"))})
    [found] = audited(repo)
    assert found.rule_id == "rotation-evidence-old"
    assert "artifacts/rotated.md was last changed 2025-10-10T08:00:00" in found.message


def test_a_broken_ledger_stops_the_audit(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    repos.commit(repo, {"rotations.toml": "[[rotation]]\nby = 1\n"})
    with pytest.raises(AuditError, match=r"rotations\.toml:2"):
        audited(repo)


def test_no_secret_gets_into_the_ledger(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    repos.write(repo, {"e.md": "done\n"})
    assert add(repo, "one", "--evidence", "e.md")[0] == 0
    assert token("one") not in (repo / "rotations.toml").read_text()


# As a user sees it


def told(repo: Path) -> tuple[int, dict[str, list[str]]]:
    """Scan the history; return the exit code, and what is said of rotations by rule."""
    code, out, _ = run("scan", "--history", "--only", "secrets", "--format", "json", repo)
    found: dict[str, list[str]] = {}
    for row in json.loads(out)["findings"]:
        if row["rule_id"].startswith("rotation-"):
            found.setdefault(row["rule_id"], []).append(row["message"])
    return code, found


def test_a_known_secret_stays_a_failure_until_its_rotation_is_shown(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    assert run("baseline", "write", "--history", "--reason", "known", repo)[0] == 0
    repos.commit(repo, {"rotations.toml": ledger(entry("other"))})
    assert told(repo) == (
        1,
        {"rotation-missing": [f"no rotation is recorded of {fingerprint('one')} (shpa****)"]},
    )
    repos.commit(repo, {"rotations.toml": ledger(entry("one"))})
    code, found = told(repo)
    assert (code, list(found)) == (1, ["rotation-evidence-missing"])
    repos.commit(repo, {"artifacts/rotated.md": "done\n"})
    assert told(repo) == (0, {})
    repos.commit(repo, {"rotations.toml": ledger(entry("one", rotated="2025-10-01"))})
    code, found = told(repo)
    assert (code, list(found)) == (1, ["rotation-evidence-old"])


def test_the_report_says_why_a_rotation_does_not_count(tmp_path: Path) -> None:
    repo = leaked(tmp_path)
    repos.write(repo, {"rotations.toml": ledger(entry("one"))})
    code, out, _ = run("scrub", "report", repo)
    said = " ".join(out.split())
    assert code == 1
    assert "this does not count: artifacts/rotated.md shows the rotation of the token one" in said
    repos.stage(repo, {"artifacts/rotated.md": "done\n"})
    code, out, _ = run("scrub", "report", repo)
    assert code == 0, "rotated, and shown to be"
    assert "2025-11-01 by Ada, shown by artifacts/rotated.md" in out
    assert "until its rotation" in out
    page = run("scrub", "report", "--format", "html", repo)[1]
    assert "removed 2025-10-10, rotated 2025-11-01" in page
