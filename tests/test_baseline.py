"""The baseline file: no secret in it, stable, easy to merge, and strict about what it reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from occ_audit import cli
from occ_audit.baseline import Baseline, prune, write
from occ_audit.errors import AuditError
from occ_audit.model import Finding, Location, Origin, Report, Severity, Skipped, Suppression
from occ_audit.secret import Secret
from tests import repos

WEAK = b"hunter" + b"2!"
STRONG = bytes(range(48, 88))


def at(path: str, line: int = 1) -> Location:
    return Location("", 0, 1, line, 1, line, 2, "x", (Origin("file", path),))


def secret(value: bytes, path: str = "src/app.env", line: int = 1, rule: str = "jwt") -> Finding:
    return Finding(rule, Severity.HIGH, "a token", (at(path, line),), Secret(value))


def evidence(document: str, target: str, line: int = 1) -> Finding:
    return Finding(
        "evidence-missing",
        Severity.HIGH,
        f"{target} is cited but does not exist",
        (at(document, line),),
        fingerprint=f"evidence-missing:{document}",
        properties={"document": document, "target": target},
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".occ-audit-baseline.jsonl"


def entries(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]


def change(file: Path, edit: Callable[[str], str]) -> None:
    file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")


def test_the_file_is_one_line_for_each_entry_sorted(file: Path) -> None:
    found = [secret(WEAK), evidence("log.md", "b.md"), evidence("log.md", "a.md"), secret(STRONG)]
    write(file, found, None)
    header, *lines = file.read_text().splitlines()
    assert list(json.loads(header)) == ["format", "version", "random", "history"]
    keys = [(json.loads(line)["rule"], json.loads(line)["digest"]) for line in lines]
    assert len(keys) == 4
    assert keys == sorted(keys)
    assert list(json.loads(lines[0])) == ["rule", "digest", "hint", "reason", "owner", "expires"]
    before = file.read_bytes()
    write(file, reversed(found), Baseline.read(file))
    assert file.read_bytes() == before


def test_findings_are_covered_wherever_they_move(file: Path) -> None:
    write(file, [secret(WEAK), secret(STRONG), evidence("notes/log.md", "docs/a.md")], None)
    baseline = Baseline.read(file)
    assert baseline.find(secret(WEAK, "renamed.env", 77))
    assert baseline.find(secret(STRONG, "renamed.env", 77))
    assert baseline.find(evidence("archive/log.md", "docs/a.md", 9))
    assert baseline.find(secret(WEAK + b"3")) is None
    assert baseline.find(secret(WEAK, rule="dsn-url")) is None
    assert baseline.find(evidence("notes/log.md", "docs/b.md")) is None
    assert baseline.find(evidence("notes/other.md", "docs/a.md")) is None


def test_other_findings_are_known_by_identity_or_fingerprint(file: Path) -> None:
    named = Finding("r", Severity.HIGH, "m", (), properties={"identity": "x"})
    plain = Finding("r", Severity.HIGH, "m", (), fingerprint="r:1")
    baseline = write(file, [named, plain], None)
    assert baseline.find(replace(named, message="other", fingerprint="r:7"))
    assert baseline.find(plain)
    assert baseline.find(replace(plain, fingerprint="r:2")) is None


def test_only_a_secret_that_could_be_guessed_makes_a_guess_cost_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow: list[bytes] = []
    scrypt = hashlib.scrypt
    monkeypatch.setattr(
        hashlib, "scrypt", lambda value, **rest: (slow.append(value), scrypt(value, **rest))[1]
    )
    for value, public in ((b"tidewater.example", True), (STRONG, False), (WEAK, False)):
        assert len(Secret(value, public=public).digest(b"a key of this test")) == 32
    assert slow == [WEAK]


def test_digests_are_keyed(file: Path, tmp_path: Path) -> None:
    write(file, [secret(WEAK), secret(STRONG)], None)
    write(tmp_path / "other", [secret(WEAK), secret(STRONG)], None)
    digests = [{row["digest"] for row in entries(f)} for f in (file, tmp_path / "other")]
    assert not digests[0] & digests[1]
    assert Secret(WEAK).digest() not in file.read_text()


def test_no_secret_is_in_the_file(file: Path) -> None:
    token = b"tok_" + STRONG.hex().encode()[:40]
    path = f"dumps/{token.decode()}/x\x1b[31m\n.env"
    write(file, [secret(token, path), secret(WEAK, path), secret(WEAK, path, rule="pw")], None)
    text = file.read_text()
    assert token.decode() not in text
    assert WEAK.decode() not in text
    assert "\x1b" not in text
    assert {row["hint"] for row in entries(file)} == {r"a token (dumps/****/x\x1b[31m\n.env)"}


def test_names_that_are_not_utf8_are_written(file: Path) -> None:
    write(file, [secret(WEAK, "caf\udce9.env")], None)
    assert Baseline.read(file).find(secret(WEAK))
    file.read_bytes().decode("ascii")


def test_suppressed_findings_are_left_out(file: Path) -> None:
    covered = replace(secret(WEAK), suppression=Suppression("inline", "x"))
    about = Finding("suppression-unused", Severity.MEDIUM, "m", (at("a"),), fingerprint="s:1")
    assert write(file, [covered, about, secret(STRONG)], None).entries.keys() == {
        ("jwt", entries(file)[0]["digest"])
    }


def test_rewriting_keeps_what_people_wrote(file: Path) -> None:
    write(file, [secret(WEAK)], None)
    change(file, lambda text: text.replace('"reason": ""', '"reason": "vérifié ✓"'))
    change(file, lambda text: text.replace('"expires": ""', '"expires": "2030-01-31"'))
    note = Suppression("baseline", "new", "ops", "2031-01-01")
    write(file, [secret(WEAK, "moved.env"), secret(STRONG)], Baseline.read(file), note=note)
    texts = {(row["hint"], row["reason"], row["owner"], row["expires"]) for row in entries(file)}
    assert texts == {
        ("a token (src/app.env)", "vérifié ✓", "", "2030-01-31"),
        ("a token (src/app.env)", "new", "ops", "2031-01-01"),
    }
    assert "vérifié ✓" in file.read_text(encoding="utf-8")
    covered = Baseline.read(file).find(secret(STRONG))
    assert covered is not None
    assert covered.suppression == Suppression("baseline", "new", "ops", "2031-01-01")


def test_write_never_removes_and_prune_never_adds(file: Path) -> None:
    write(file, [secret(WEAK)], None)
    write(file, [secret(STRONG)], Baseline.read(file))
    assert len(entries(file)) == 2
    kept = replace(secret(b"third"), suppression=None)
    (removed,) = prune(file, [secret(STRONG), kept])
    assert removed.rule == "jwt"
    assert Baseline.read(file).find(secret(STRONG))
    assert Baseline.read(file).find(secret(WEAK)) is None
    assert Baseline.read(file).find(kept) is None


def test_prune_leaves_a_file_alone_that_needs_no_change(file: Path) -> None:
    write(file, [secret(WEAK)], None)
    before = (file.read_bytes(), file.stat().st_ino)
    assert prune(file, [secret(WEAK)]) == ()
    assert (file.read_bytes(), file.stat().st_ino) == before


def test_a_merge_by_union_is_fine(file: Path) -> None:
    write(file, [secret(WEAK), secret(STRONG)], None)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines, lines[1].replace('"reason": ""', '"reason": "again"')]))
    assert len(Baseline.read(file).entries) == 2
    file.write_text("".join(lines).replace("\n", "\r\n") + "\r\n")
    assert Baseline.read(file).find(secret(WEAK))


@pytest.mark.parametrize(
    ("edit", "problem", "mend"),
    [
        (lambda t: "", ":1: the header line of a baseline is missing", "baseline write"),
        (lambda t: t.partition("\n")[2], ":1: the header line", "Restore the file"),
        (lambda t: t.replace('"version": 1', '"version": 9'), ":1: version 9", "that wrote it"),
        (lambda t: t.replace('dom": "', 'dom": "zz'), ":1: `random` is not 64", "Restore"),
        (lambda t: "<<<<<<< HEAD\n" + t, ":1: an unresolved merge conflict", "both sides"),
        (lambda t: t + "=======\n", ":3: an unresolved merge conflict", "both sides"),
        (lambda t: t + t, ":3: a second header", "one header"),
        (lambda t: t + "nonsense\n", ":3: is not a JSON object", "one JSON object"),
        (lambda t: t + "[" * 100_000, ":3: is not a JSON object", "one JSON object"),
        (lambda t: t + '{"rule": "a"}\n', ":3: an entry without rule or digest", "Delete"),
        (lambda t: t.replace('"owner"', '"ower"'), ":2: 'ower' is no text field", "owner"),
        (lambda t: t.replace('"owner": ""', '"owner": 1'), ":2: 'owner' is no text field", "owner"),
        (lambda t: t.replace('"expires": ""', '"expires": "soon"'), ":2: expires: 'soon'", "YYYY"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_the_line(
    file: Path, edit: Callable[[str], str], problem: str, mend: str
) -> None:
    write(file, [secret(STRONG)], None)
    change(file, edit)
    with pytest.raises(AuditError) as caught:
        Baseline.read(file)
    assert str(caught.value).startswith(f"{file}{problem}")
    assert mend in caught.value.mend


def test_a_missing_file_is_an_error(file: Path) -> None:
    with pytest.raises(AuditError, match="cannot read the baseline: No such file"):
        Baseline.read(file)
    file.symlink_to("/dev/zero")
    with pytest.raises(AuditError, match="not a regular file"):
        Baseline.read(file)


# --- the commands -----------------------------------------------------------------------------


@pytest.fixture
def scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stand in for the scan, so that the commands are tried on any findings."""
    state = SimpleNamespace(findings=[], skipped=(), calls=[])

    def run_scan(options: dict[str, object]) -> tuple[None, Report]:
        state.calls.append(options)
        return None, Report(str(tmp_path), (), tuple(state.findings), state.skipped, {})

    monkeypatch.setattr("occ_audit.cli._scan_run.run_scan", run_scan)
    monkeypatch.setattr("occ_audit.cli._scan_options.ScanOptions", dict)
    return state


def run(*words: str | Path) -> int:
    return cli.run(["baseline", *map(str, words)])


def test_write_says_what_it_did(
    scanned: SimpleNamespace, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minor = replace(secret(WEAK), severity=Severity.LOW)
    scanned.findings = [secret(STRONG), minor]
    assert run("write", file.parent, "--reason", "legacy", "--expires", "2030-01-31") == 0
    assert "1 entry added, 1 in all" in capsys.readouterr().out
    assert (entries(file)[0]["reason"], entries(file)[0]["expires"]) == ("legacy", "2030-01-31")
    assert run("write", file.parent, "--min-severity", "low") == 0
    assert "1 entry added, 2 in all" in capsys.readouterr().out
    assert run("write", file.parent, "--expires", "soon") == 2


def test_what_a_baseline_covers_already_is_still_needed(
    scanned: SimpleNamespace, file: Path
) -> None:
    scanned.findings = [replace(secret(STRONG), suppression=Suppression("baseline"))]
    assert run("write", file.parent) == 0
    assert run("prune", file.parent) == 0
    assert len(entries(file)) == 1
    scanned.findings = [replace(secret(STRONG), suppression=Suppression("inline"))]
    assert run("prune", file.parent) == 0
    assert entries(file) == []


def test_an_incomplete_scan_is_said_and_prunes_nothing(
    scanned: SimpleNamespace, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scanned.findings = [secret(STRONG)]
    scanned.skipped = (Skipped(Origin("blob"), "missing"),)
    assert run("write", file.parent) == 3
    assert "incomplete" in capsys.readouterr().err
    assert len(entries(file)) == 1
    scanned.findings = []
    assert run("prune", file.parent) == 3
    assert len(entries(file)) == 1
    assert run("prune", "--allow-incomplete", file.parent) == 0
    assert "removed jwt: a token (src/app.env)" in capsys.readouterr().out
    assert entries(file) == []


def test_a_baseline_of_the_history_is_pruned_with_the_history(
    scanned: SimpleNamespace, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scanned.findings = [secret(STRONG)]
    assert run("write", "--history", file.parent) == 0
    assert run("write", file.parent) == 0
    assert run("prune", file.parent) == 2
    assert "Prune it with --history" in capsys.readouterr().err
    assert run("prune", "--history", file.parent) == 0
    assert [call["history"] for call in scanned.calls] == [True, False, False, True]


def test_a_hostile_hint_is_shown_harmlessly(
    scanned: SimpleNamespace, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, [secret(STRONG)], None)
    change(file, lambda text: text.replace("a token", r"\u001b[2J"))
    assert run("prune", file.parent) == 0
    assert r"\x1b[2J (src/app.env)" in capsys.readouterr().out


def test_prune_needs_a_baseline(
    scanned: SimpleNamespace, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("prune", file.parent) == 2
    assert "occ-audit baseline write" in capsys.readouterr().err


# --- a real repository ------------------------------------------------------------------------


def test_accepted_findings_stay_so_when_lines_and_files_move(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = repos.init(tmp_path / "repo")
    url = "postgres://" + "app:" + "Wq7-" + "zR4tLm2x" + "@db.acme.io:5432/app"
    log = "# Log\n\n## 2026-01-05\n\nEvidence: `docs/evidence/a.md`\n\n## 2026-01-06\n"
    repos.commit(repo, {"app.env": f"DATABASE_URL={url}\n", "notes/log.md": log})

    def scan(*words: str) -> tuple[int, str]:
        code = cli.run(["scan", "-q", *words, str(repo)])
        return code, capsys.readouterr().out

    code, said = scan()
    assert code == 1
    assert "app.env:1" in said
    assert "docs/evidence/a.md" in said
    assert run("write", repo, "--reason", "known") == 0
    assert scan()[0] == 0
    repos.rename(repo, "app.env", "moved.env")
    repos.rename(repo, "notes/log.md", "archive/log.md")
    more = {"moved.env": f"# one\n# two\nDATABASE_URL={url}\n", "archive/log.md": "\n" + log}
    repos.commit(repo, more)
    assert cli.run(["init", str(repo)]) == 0
    capsys.readouterr()
    code, said = scan("--min-severity", "low")
    assert code == 0
    assert ".occ-audit" not in said
    assert scan("--history")[0] == 0
    text = (repo / ".occ-audit-baseline.jsonl").read_text(encoding="utf-8")
    assert "zR4tLm2x" not in text

    repos.commit(repo, {"moved.env": "DATABASE_URL=" + url.replace("Wq7", "Vp8") + "\n"})
    code, said = scan()
    assert code == 1
    assert "moved.env:1" in said
    assert "suppresses nothing" in said
    capsys.readouterr()
    assert run("prune", repo) == 0
    assert "1 entry removed" in capsys.readouterr().out
