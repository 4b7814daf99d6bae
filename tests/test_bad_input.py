"""Repositories and files in unusual states: a right answer, or a clear message."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repos.init(tmp_path / "repo")


@pytest.mark.parametrize("options", [[], ["--staged"], ["--history"]])
def test_an_empty_repository(repo: Path, options: list[str]) -> None:
    result = scan(*options, repo)
    assert (result.code, result.incomplete) == (0, [])
    assert not result.report["findings"]


def test_a_range_in_an_empty_repository(repo: Path) -> None:
    result = scan("--range", "main~..main", repo)
    assert result.code == 2
    assert "there is no such commit" in result.err


def test_files_before_the_first_commit(repo: Path) -> None:
    repos.stage(repo, {"staged.env": leak("staged")})
    repos.write(repo, {"new.env": leak("new")})
    assert scan(repo).paths("new") == ["new.env"]
    assert scan("--staged", repo).paths("staged") == ["staged.env"]
    result = scan("--history", repo)
    assert result.paths("staged") == ["staged.env"]
    assert result.finding("staged")["properties"]["reached_by"] == "index"


def test_a_head_that_leads_nowhere(repo: Path) -> None:
    repos.commit(repo, {"a.env": leak("a")})
    repos.git(repo, "symbolic-ref", "HEAD", "refs/heads/unborn")
    for options in ([], ["--staged"], ["--history"]):
        assert scan(*options, repo).paths("a") == ["a.env"]
    assert scan("--history", repo).finding("a")["properties"]["in_head"] is False
    refused = scan("--range", "main..HEAD", repo)
    assert refused.code == 2


def test_a_bare_repository(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {"a.env": leak("a")})
    repos.commit(repo, message="Away", remove=["a.env"])
    bare = repos.bare(repo, tmp_path / "bare.git")
    result = scan("--history", bare)
    assert result.paths("a") == ["a.env"]
    assert scan("--range", "HEAD~..HEAD", bare).code == 0
    for options in ([], ["--staged"]):
        refused = scan(*options, bare)
        assert refused.code == 2
        assert "a bare repository has no" in refused.err
        assert "--history" in refused.err


def test_a_linked_worktree_shares_the_history(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {"a.env": leak("a")})
    repos.commit(repo, message="Away", remove=["a.env"])
    linked = repos.worktree(repo, tmp_path / "linked")
    assert scan("--history", linked).paths("a") == ["a.env"]
    assert scan(linked).code == 0


def test_a_submodule_has_a_history_of_its_own(repo: Path, tmp_path: Path) -> None:
    child = repos.init(tmp_path / "child")
    repos.commit(child, {"c.env": leak("child")})
    repos.submodule(repo, child, "deps/child")
    repos.commit(repo, {"a": "a\n"})
    assert scan("--history", repo / "deps" / "child").paths("child") == ["c.env"]
    whole = scan("--history", repo)
    assert (whole.code, whole.incomplete) == (0, [])


def test_a_sha256_repository(tmp_path: Path) -> None:
    made = repos.sha256(tmp_path / "long")
    repos.commit(made, {"a.env": leak("a")})
    repos.commit(made, message=f"Away {scans.token('message')}", remove=["a.env"])
    repos.dangling_blob(made, leak("blob").encode())
    repos.stage(made, {"staged.env": leak("staged")})
    result = scan("--history", made)
    assert result.code == 1
    assert result.paths("a") == ["a.env"]
    assert result.finding("a")["properties"]["introduced"]["commit"] == repos.oid(made, "HEAD~")
    assert result.has("message")
    assert result.has("blob")
    assert not result.incomplete
    assert scan("--staged", made).has("staged")
    assert scan("--range", "HEAD~..HEAD", made).has("message")


NAMES = [b"caf\xe9.env", b"new\nline.env", b"tab\there.env", b'quo"te\\.env', b"\x1b[31m.env"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [[], ["--staged"], ["--range", "base..HEAD"], ["--history"]])
def test_odd_names(repo: Path, name: bytes, options: list[str]) -> None:
    repos.commit(repo, {"a": "a\n"})
    repos.tag(repo, "base")
    repos.invalid_name(repo, leak("odd").encode(), name)
    try:
        repos.write(repo, {name: leak("odd")})
    except OSError:
        pytest.skip("this file system refuses the name")
    if options == ["--staged"]:
        repos.git(repo, "reset", "-q", "--soft", "base")
    result = scan(*options, repo)
    assert result.code == 1
    assert result.paths("odd") == [name.decode("utf-8", "backslashreplace")]
    assert not result.incomplete


def test_odd_names_in_all_reports(repo: Path, tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        repos.invalid_name(repo, leak(f"{number}").encode(), name)
        repos.write(repo, {name: leak(f"{number}")})
    formats = ["terminal", "json", "jsonl", "sarif", "markdown"]
    written = [f"--report={name}={tmp_path / name}" for name in formats]
    for options in ([], ["--history"]):
        code, out, err = scans.run("scan", *options, *written, repo)
        assert code == 1
        assert not err
        for text in (out, *((tmp_path / name).read_text("utf-8") for name in formats)):
            assert "\x1b" not in text
            assert "caf" in text


def test_binary_content(repo: Path) -> None:
    data = bytes(range(256)) * 50
    repos.commit(repo, {"a.bin": data + leak("a").encode() + data})
    for options in ([], ["--history"]):
        assert scan(*options, repo).paths("a") == ["a.bin"]


def test_one_line_of_100_megabytes(tmp_path: Path) -> None:
    line = b"x" * 100_000_000 + b" " + leak("end").encode()
    (tmp_path / "line.txt").write_bytes(line)
    started = time.monotonic()
    result = scan("--only", "secrets", tmp_path)
    assert time.monotonic() - started < 120
    [place] = result.finding("end")["locations"]
    assert (place["line"], place["column"]) == (1, 100_000_022)
    assert len(result.out) < 20_000


def test_a_long_line_of_matches(tmp_path: Path) -> None:
    repos.write(tmp_path, {"many.env": " ".join(scans.token(str(n)) for n in range(2000))})
    result = scan("--only", "secrets", tmp_path)
    assert len(result.rules("shopify-admin-token")) == 2000


def test_many_small_files(repo: Path) -> None:
    repos.commit(repo, {f"{n % 50}/{n}.txt": f"{n}\n" for n in range(3000)} | {"z.env": leak("z")})
    for options in ([], ["--history"], ["--staged"]):
        result = scan("--only", "secrets", *options, repo)
        assert result.has("z") is (options != ["--staged"])
        assert not result.incomplete


@pytest.mark.parametrize("options", [["--history"], ["--staged"], ["--range", "A..B"]])
def test_no_repository(tmp_path: Path, options: list[str]) -> None:
    result = scan(*options, tmp_path)
    assert result.code == 2
    assert "this is not inside a git repository" in result.err
    assert str(tmp_path) in result.err


@pytest.mark.parametrize("options", [["--history"], ["--staged"], ["--stdin"], []])
def test_a_path_that_is_not_there(repo: Path, options: list[str]) -> None:
    result = scan(*options, repo / "nowhere")
    assert result.code == 2
    assert "no such file or folder" in result.err


def test_a_repository_that_git_cannot_open(repo: Path) -> None:
    (repo / ".git" / "config").write_text("[core\n")
    result = scan("--history", repo)
    assert result.code == 2
    assert "git cannot open this repository" in result.err
    assert "git fsck" in result.err


def test_a_git_file_that_leads_nowhere(tmp_path: Path) -> None:
    repos.write(tmp_path / "lost", {".git": "gitdir: /nowhere\n", "a.env": leak("a")})
    result = scan(tmp_path / "lost")
    assert result.code == 2
    assert "git cannot open this repository" in result.err


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repos.write(tmp_path / "plain", {"a.env": leak("a")})
    made = repos.init(tmp_path / "repo")
    monkeypatch.setattr("shutil.which", lambda name: None)
    from occ_audit import git_process

    git_process._program.cache_clear()
    assert scan(tmp_path / "plain").paths("a") == ["a.env"]
    result = scan(made)
    git_process._program.cache_clear()
    assert result.code == 2
    assert "Install git" in result.err


LOADING = """
import os, runpy, signal, sys

class Interrupted:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupted())
runpy.run_module("occ_audit", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("module", ["occ_audit.cli", "click", "occ_audit.errors"])
def test_an_interrupt_while_the_program_loads_says_nothing(module: str) -> None:
    line = [sys.executable, "-c", LOADING, module]
    done = subprocess.run(line, cwd=scans.ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_an_interrupt_ends_quickly_and_cleanly(repo: Path) -> None:
    noise = ("%x" % 3**200_000).encode()
    files = {f"{n}.bin": str(n).encode() + noise * 60 for n in range(8)}
    repos.commit(repo, files)
    line = scans.command("scan", "--history", "--only", "secrets", repo)
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    with subprocess.Popen(line, stdout=-1, stderr=-1, env=env, start_new_session=True) as process:
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    if process.returncode in (0, -signal.SIGINT):  # the latter while Python takes itself down
        pytest.skip("this machine is faster than the signal")
    assert process.returncode == 130, err
    assert err.strip() == b"occ-audit: interrupted"
    assert not out
    # Nothing that it started runs on; the system may yet have to bury what was killed.
    left = subprocess.run(["ps", "-s", str(process.pid), "-o", "stat="], capture_output=True)
    assert not [state for state in left.stdout.split() if not state.startswith(b"Z")]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
@pytest.mark.parametrize("blocks", [0, 1])
def test_no_room_for_temporary_files_is_not_called_a_damaged_repository(
    repo: Path, tmp_path: Path, blocks: int
) -> None:
    repos.commit(repo, {f"{n}.env": leak(str(n)) for n in range(40)})
    limited = f'ulimit -f {blocks}; exec "$@"'
    line = ["sh", "-c", limited, "sh", *scans.command("scan", "--history", repo)]
    # Python 3.11 would leave the first bytes of a compiled module in the project's own folder.
    env = repos.environment(
        PYTHONPATH=str(scans.ROOT),
        PYTHONDONTWRITEBYTECODE="1",
        XDG_CACHE_HOME=str(tmp_path / "none"),
    )
    done = subprocess.run(line, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 2
    assert "there is no room for temporary files" in done.stderr
    assert "in the variable TMPDIR" in done.stderr
    assert "fsck" not in done.stderr


def test_a_reader_that_has_gone(repo: Path) -> None:
    repos.commit(repo, {f"{n}.env": leak(str(n)) for n in range(400)})
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    for name in ("terminal", "json"):
        line = scans.command("scan", "--format", name, repo)
        with subprocess.Popen(line, stdout=-1, stderr=-1, env=env) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            said = process.stderr.read()
        assert process.returncode == 1
        assert not said


@pytest.mark.parametrize("name", ["terminal", "json", "markdown"])
def test_output_that_is_not_utf8(repo: Path, name: str) -> None:
    repos.commit(repo, {"grün-漢.env": leak("a")}, author=("Grün", "g@example.org"))
    done = scans.spawned("scan", "--format", name, repo, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1, done.stderr
    assert done.stdout.isascii()
    assert b"gr\\" in done.stdout or b"gr%C3" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="streams differ")
@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (">&-", 1, b""),
        (">&- 2>&-", 1, b""),
        ("<&- >&-", 1, b""),
        ("--stdin <&-", 2, b"standard input is closed"),
        (">/dev/full", 2, b"No space left"),
        ("--format json >/dev/full", 2, b"No space left"),
    ],
)
def test_streams_that_lead_nowhere(repo: Path, streams: str, code: int, said: bytes) -> None:
    repos.commit(repo, {"a.env": leak("a")})
    line = " ".join(map(str, scans.command("scan", "--only", "secrets", streams)))
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    done = subprocess.run(["sh", "-c", line], cwd=repo, env=env, capture_output=True)
    assert done.returncode == code
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
def test_names_where_the_locale_is_not_utf8(repo: Path) -> None:
    repos.commit(repo, {"grün/漢.env": leak("a")})
    legacy = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for _ in range(2):  # the second time, git is asked for the paths of what is known
        done = scans.spawned("scan", "--history", "-q", repo, **legacy)
        assert done.returncode == 1, done.stderr
        assert b"gr\\xfcn/\\u6f22.env" in done.stdout


def test_a_cache_folder_is_not_in_what_is_scanned(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos.commit(repo, {"a.env": leak("a")})
    for named in ("cache", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", named)
        monkeypatch.setattr("os.path.expanduser", lambda path: path)  # nobody with a home
        monkeypatch.chdir(repo)
        assert scan("--history").code == 1
        assert sorted(row.name for row in repo.iterdir()) == [".git", "a.env"]
