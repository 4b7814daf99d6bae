"""A second scan of a history reads only what is new, and says the same."""

from __future__ import annotations

import base64
import contextlib
import datetime
import gzip
import hashlib
import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from occ_audit import digests, scanned, secret
from occ_audit.matching import hits
from occ_audit.matching.scanner import Scanner
from occ_audit.model import Batch, Content, Finding, Hits, Location, Origin, Severity
from occ_audit.settings import Config
from occ_audit.suppress import Suppressor
from tests import repos, scans
from tests.detection import COMPILED
from tests.scans import Scan, leak, scan, token


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "occ-audit"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("a"), "old.txt": "nothing\n"})
    repos.commit(repo, {"a.env": "TOKEN=\n", "b/c.env": leak("b"), "b/d.env": leak("b")})
    repos.commit(repo, {"plain.txt": "x\n" * 100}, f"Tried {token('message')}")
    return repo


def history(repo: Path, *options: str) -> Scan:
    return scan("--history", "--only", "secrets", *options, repo)


def counters(found: Scan) -> Mapping[str, Any]:
    known: Mapping[str, Any] = found.report["stats"]["counters"]
    return known


def file_of(folder: Path) -> Path:
    [file] = (folder / "history").glob("*.sqlite")
    return file


def test_the_second_scan_says_the_same_and_reads_only_what_holds_findings(repo: Path) -> None:
    first, second = history(repo), history(repo)
    plain = history(repo, "--no-cache")
    assert first.report["findings"] == second.report["findings"] == plain.report["findings"]
    assert len(first.report["findings"]) == 3
    assert counters(second)["commits"] == counters(first)["commits"] == 3
    # Two versions of files and one commit's message.
    assert counters(second)["objects"] == 3
    known = counters(second)["known_clean_objects"]
    assert known + 3 == counters(first)["objects"] == counters(plain)["objects"]
    assert "known_clean_objects" not in counters(plain)


def test_what_is_new_is_found_and_attributed(repo: Path) -> None:
    history(repo)
    new = repos.commit(repo, {"new.env": leak("new"), "e.env": leak("b")})
    now, plain = history(repo), history(repo, "--no-cache")
    assert now.report["findings"] == plain.report["findings"]
    assert now.finding("new")["properties"]["introduced"]["commit"] == new
    assert now.paths("new") == ["new.env"]
    assert counters(now)["commits"] == counters(plain)["commits"] == 4


def test_a_branch_that_is_gone_is_walked_anew(repo: Path) -> None:
    repos.git(repo, "checkout", "-q", "-b", "side")
    repos.commit(repo, {"side.env": leak("side")})
    history(repo)
    repos.git(repo, "checkout", "-q", "main")
    repos.git(repo, "branch", "-q", "-D", "side")
    repos.git(repo, "reflog", "expire", "--expire=now", "--all")
    now, plain = history(repo), history(repo, "--no-cache")
    assert now.report["findings"] == plain.report["findings"]
    assert now.finding("side")["properties"]["reached_by"] == "nothing"


def test_a_name_that_is_a_secret_is_found_each_time(repo: Path) -> None:
    repos.commit(repo, {f"backup/{token('folder')}/x.txt": "x\n", f"{token('file')}.txt": "y\n"})
    gone = repos.oid(repo, "HEAD")
    repos.commit(repo, remove=[f"backup/{token('folder')}/x.txt", f"{token('file')}.txt"])
    for options in ((), (), ("--no-cache",)):
        found = history(repo, *options)
        for label in ("folder", "file"):
            known = found.finding(label)["properties"]
            assert known["introduced"]["commit"] == gone
            assert not known["in_head"]
        assert token("file") not in found.out


def scanned_bytes(repo: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Scan, int]:
    """Return a scan in one process, and how much text hyperscan was asked about."""
    asked: list[int] = []
    hits = Scanner.hits

    def counting(self: Scanner, buffer: memoryview) -> set[tuple[int, int]]:
        asked.append(buffer.nbytes)
        return hits(self, buffer)

    with monkeypatch.context() as patch:
        patch.setattr(Scanner, "hits", counting)
        return history(repo, "--jobs", "1"), sum(asked)


def test_where_gates_and_signs_were_met_is_remembered(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = base64.b64encode(leak("encoded").encode()).decode()
    large = "x = 1\n" * 50_000
    repos.commit(repo, {"large.txt": large + leak("large") + f"data: {encoded}\n"})
    plain = history(repo, "--no-cache")
    first, whole = scanned_bytes(repo, monkeypatch)
    second, left = scanned_bytes(repo, monkeypatch)
    assert counters(second)["bytes"] > len(large)
    assert whole > 2 * len(large)
    assert left < len(large) / 10
    repos.commit(repo, {"large.txt": large + leak("large") + leak("more")})
    third, more = scanned_bytes(repo, monkeypatch)
    assert more > 2 * len(large)
    assert third.report["findings"] == history(repo, "--no-cache").report["findings"]
    assert first.report["findings"] == second.report["findings"] == plain.report["findings"]
    assert {row["rule_id"] for row in plain.report["findings"]} == {"shopify-admin-token"}
    assert len(plain.report["findings"]) == 5


def test_what_was_remembered_and_is_not_as_it_was_is_not_used(
    repo: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, whole = scanned_bytes(repo, monkeypatch)
    with contextlib.closing(sqlite3.connect(file_of(own_cache))) as database, database:
        [count] = database.execute("SELECT count(*) FROM hit").fetchone()
        database.execute("UPDATE hit SET places = zeroblob(length(places))")
    assert count == 3
    second, again = scanned_bytes(repo, monkeypatch)
    assert second.report["findings"] == first.report["findings"]
    assert 0 < again < whole


def test_hits_of_an_object_are_the_same_beside_others() -> None:
    buffer = memoryview(b"head\nab1ab2\nhead\nab3|\nhead\nab4\n")
    places = ((5, 11, "one"), (17, 21, "two"), (27, 30, "three"))
    contents = [Content(start, end, Origin("blob"), oid) for start, end, oid in places]
    batch = Batch(buffer, contents, Hits())
    gates = {(7, 8), (7, 11), (2, 12), (7, 22), (9, 30)}
    signs = [(8, 1), (30, 3), (31, 2)]
    assert hits.of_gates(batch, lambda _: gates) == gates
    assert hits.of_gates(batch, lambda _: set()) == gates
    assert hits.of_signs(batch, lambda _: signs) == signs
    known = hits.packed(batch, ["one", "two", "three"])
    assert set(known) == {"one", "two", "three"}
    # The same objects in another order, the second of them alone in its batch.
    turned = [Content(40, 43, Origin("blob"), "three"), Content(60, 66, Origin("blob"), "one")]
    there = hits.recalled(turned, known)
    assert there.recalled
    assert there.gates == {(9, 43), (7, 63), (7, 66), (2, 67)}
    assert sorted(there.signs or ()) == [(43, 3), (44, 2), (63, 1)]
    assert hits.recalled([contents[1]], known).gates == {(7, 22)}
    assert not hits.recalled([*turned, Content(90, 95, Origin("blob"), "new")], known).recalled
    assert hits.packed(Batch(buffer, turned, there), ["one"]) == {}


def test_other_rules_read_all_again(repo: Path, tmp_path: Path) -> None:
    history(repo)
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'vendor = "Acme"\n[[rule]]\nid = "acme-x"\nname = "X"\nseverity = "high"\n'
        'confidence = "certain"\ndescription = "Finds what was clean before."\n'
        "pattern = 'noth(?P<secret>ing)'\nvalidators = []\n"
        'examples = ["nothing", "a nothing"]\ncounter_examples = ["some", "thing"]\n'
        '[rule.rotate]\nadvice = "Change it."\n'
    )
    assert history(repo, "--rules", str(mine)).rules("acme-x")
    assert "known_clean_objects" in counters(history(repo))


def test_a_corrupt_cache_is_rebuilt_with_a_warning(repo: Path, own_cache: Path) -> None:
    first = history(repo)
    file = file_of(own_cache)
    file.write_bytes(b"this is no database" * 500)
    second = history(repo)
    assert "was corrupt and is begun anew" in second.err
    assert second.report["findings"] == first.report["findings"]
    assert "known_clean_objects" not in counters(second)
    assert "known_clean_objects" in counters(history(repo))


def test_a_cache_of_another_version_is_begun_anew(repo: Path, own_cache: Path) -> None:
    first = history(repo)
    with contextlib.closing(sqlite3.connect(file_of(own_cache))) as database:
        database.execute("PRAGMA user_version = 99")
    second = history(repo)
    assert not second.err
    assert second.report["findings"] == first.report["findings"]
    assert "known_clean_objects" not in counters(second)
    assert "known_clean_objects" in counters(history(repo))


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(repo: Path, own_cache: Path) -> None:
    own_cache.parent.mkdir()
    own_cache.write_text("a file where the folder should be")
    found = history(repo)
    assert found.code == 1
    assert len(found.report["findings"]) == 3


def test_the_cache_holds_ids_only(repo: Path, own_cache: Path) -> None:
    history(repo)
    data = b"".join(file.read_bytes() for file in (own_cache / "history").iterdir())
    for text in (token("a"), token("b"), token("message"), "a.env", "ada@", "nothing"):
        assert text.encode() not in data


def test_what_was_read_in_part_is_read_again(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {"bomb.gz": bomb()})
    for _ in range(2):
        assert history(repo, "--allow-incomplete").skipped("beyond the bound")


def test_nothing_read_in_part_is_noted_whatever_was_skipped_before(repo: Path) -> None:
    filler = "\n".join(f"line {number}" for number in range(420_000))  # more than a batch
    repos.commit(repo, {"a.gz": bomb(), "b.txt": filler})
    repos.commit(repo, {"a.gz": bomb(), "b.txt": filler + "\nend\n", "z.gz": bomb() + b"\0"})
    first, second = (history(repo, "--allow-incomplete", "--jobs", "1") for _ in range(2))
    assert first.report["skipped"] == second.report["skipped"]
    told = [row for row in first.report["skipped"] if "beyond the bound" in row["reason"]]
    bombs = {repos.oid(repo, "HEAD:a.gz"), repos.oid(repo, "HEAD:z.gz")}
    assert {(row["origin"]["commit"], row["count"]) for row in told} == {(oid, 1) for oid in bombs}


def bomb() -> bytes:
    import gzip

    return gzip.compress(bytes(80 * 2**20), mtime=0)


def test_two_scans_at_once(repo: Path, own_cache: Path) -> None:
    import shutil
    import subprocess

    # The large databases are there: to compile them three times at once only takes time.
    shutil.copytree(COMPILED, own_cache, ignore=shutil.ignore_patterns("history", "signs-*"))
    line = scans.command("scan", "--history", "--format", "json", repo)
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    running = [subprocess.Popen(line, stdout=-1, stderr=-1, env=env) for _ in range(3)]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [1, 1, 1]
    assert not any(err for _, err in said)
    assert "known_clean_objects" in counters(history(repo))


def test_info_and_clear(repo: Path, own_cache: Path) -> None:
    history(repo)
    told = scans.spawned("cache", "info").stdout.decode()
    assert f"folder: {own_cache}" in told
    assert "scanned histories: 1 file" in told
    assert b"removed" in scans.spawned("cache", "clear").stdout
    assert not [file for file in own_cache.rglob("*") if file.is_file()]


def test_a_file_that_another_process_removes_meanwhile(repo: Path, own_cache: Path) -> None:
    """Listed, but not there when it is looked at: as a link that leads nowhere is."""
    history(repo)
    (own_cache / "history" / "gone.sqlite").symlink_to(own_cache / "nowhere")
    (own_cache / "rules-gone").symlink_to(own_cache / "nowhere")
    assert "known_clean_objects" in counters(history(repo))
    assert "scanned histories: 1 file" in scans.spawned("cache", "info").stdout.decode()


def test_the_histories_scanned_last_are_remembered(own_cache: Path) -> None:
    folder = own_cache / "history"
    folder.mkdir(parents=True)
    for age in range(scanned.FILES + 2):
        for name in (f"{age}.sqlite", f"{age}.sqlite-wal"):
            (folder / name).touch()
        os.utime(folder / f"{age}.sqlite", (1_700_000_000 - age,) * 2)
    scanned.forget_oldest()
    left = {int(file.name.partition(".")[0]) for file in folder.iterdir()}
    assert left == set(range(scanned.FILES))


WEAK = ("Kv9-Prod7", "Qx4-Stage2", "Wm3-Night8")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """List the values whose digests are made to cost time."""
    computed: list[bytes] = []
    scrypt = hashlib.scrypt
    monkeypatch.setattr(
        hashlib, "scrypt", lambda value, **rest: (computed.append(value), scrypt(value, **rest))[1]
    )
    return computed


def _in_a_new_process(slow: list[bytes]) -> None:
    secret._digest.cache_clear()
    secret._KNOWN.clear()
    slow.clear()


def test_digests_of_weak_passwords_are_not_computed_again(
    tmp_path: Path, slow: list[bytes]
) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": "".join(f"P{n}_PASSWORD={one}\n" for n, one in enumerate(WEAK))})
    first = scan("--history", repo).report["findings"]
    assert len(slow) == len(WEAK) == len(first)
    _in_a_new_process(slow)
    assert scan("--history", repo).report["findings"] == first
    assert not slow
    repos.commit(repo, {"b.env": "OTHER_PASSWORD=Hd5-" + "Quay6\n"})
    _in_a_new_process(slow)
    assert len(scan("--history", repo).report["findings"]) == len(WEAK) + 1
    assert len(slow) == 1
    repos.write(repo, {".occ-audit.toml": 'salt = "another"\n'})
    _in_a_new_process(slow)
    salted = scan("--history", repo).report["findings"]
    assert len(slow) == len(WEAK) + 1
    assert {one["fingerprint"] for one in first}.isdisjoint(one["fingerprint"] for one in salted)


def test_digests_for_a_baseline_are_computed_beside_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": "".join(f"P{n}_PASSWORD={one}\n" for n, one in enumerate(WEAK))})
    scans.run("baseline", "write", repo)
    in_main: list[bool] = []
    scrypt = hashlib.scrypt

    def slow(value: bytes, **rest: Any) -> bytes:
        in_main.append(threading.current_thread() is threading.main_thread())
        return scrypt(value, **rest)

    monkeypatch.setattr(hashlib, "scrypt", slow)
    _in_a_new_process([])
    assert [one["suppression"]["kind"] for one in scan(repo).report["findings"]] == [
        "baseline"
    ] * len(WEAK)
    assert in_main == [False] * 2 * len(WEAK)


def test_secrets_that_stand_in_one_place_keep_their_own_digests(
    tmp_path: Path, slow: list[bytes]
) -> None:
    repo = repos.init(tmp_path / "repo")
    lines = "".join(f"P{n}_PASSWORD={one}\n" for n, one in enumerate(WEAK))
    packed = base64.b64encode(gzip.compress(lines.encode())).decode()
    repos.commit(repo, {"a.txt": f"data: {packed}\n", "b.env": lines.replace(WEAK[0], "x")})
    plain = scan("--history", "--no-cache", repo).report["findings"]
    assert len(plain) == len(WEAK)
    for _ in range(2):
        _in_a_new_process(slow)
        assert scan("--history", repo).report["findings"] == plain


def test_a_public_value_lends_its_fast_digest_to_no_secret(tmp_path: Path) -> None:
    secret._KNOWN.clear()
    one, other = (secret.Secret(WEAK[0].encode(), public=public) for public in (True, False))
    places = [Location("ab" * 20, n, n + 9, 1, 1, 1, 1, "", (Origin("blob"),)) for n in (1, 2)]
    more = secret.Secret(WEAK[1].encode())
    findings = [
        Finding("jwt", Severity.LOW, "m", (place,), value)
        for place, value in zip((*places, places[0]), (one, other, more), strict=True)
    ]
    with contextlib.closing(scanned.Scanned(tmp_path / "a.sqlite", "rules", print)) as memory:
        config = Config(salt="salt")
        plan = SimpleNamespace(
            memory=memory,
            jobs=1,
            rules=[SimpleNamespace(id="jwt")],
            config=config,
            suppressor=Suppressor(config, None, datetime.date.today()),
        )
        for found in (findings, findings[::-1]):
            with digests.beside(found, plan) as digested:
                digested(found)
    assert other.digest(b"salt") == secret._digest(WEAK[0].encode(), b"salt", False)
