"""The hooks stop a leak: by themselves, and started by the real `pre-commit` program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from occ_audit import example
from occ_audit.cli import hook
from occ_audit.repository import Repository
from tests import repos

ROOT = Path(__file__).parent.parent
LEAK = f"SHOPIFY_ADMIN_TOKEN={example.shopify_token()}\n"
ZERO = "0" * 40
SHIPPED = ("occ_audit", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"README.md": "# Notes\n"}, "First")
    return made


@pytest.fixture
def origin(repo: Path, tmp_path: Path) -> Path:
    server = repos.bare(repo, tmp_path / "origin.git")
    repos.git(repo, "remote", "add", "origin", server.as_uri())
    repos.git(repo, "fetch", "-q", "origin")
    return server


def run(
    repo: Path, *arguments: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        arguments,
        cwd=repo,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=repos.environment(**repos.identity(repos.START), **environment),
    )
    assert example.shopify_token() not in done.stdout + done.stderr
    return done


def audit(
    repo: Path, *arguments: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "occ_audit", "hook", *arguments]
    return run(repo, *command, stdin=stdin, PYTHONPATH=str(ROOT), **environment)


def pushed(repo: Path, name: str = "HEAD", old: str = ZERO) -> str:
    return f"refs/heads/x {repos.oid(repo, name)} refs/heads/x {old}\n"


# By themselves


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Fix the export\n", 0),
        (f"Try with {LEAK}", 1),
        (f"# {LEAK}", 1),  # with `git commit -m` a comment is part of the message
        (f"Fix\n# {'-' * 24} >8 {'-' * 24}\n# Below is ignored.\n-{LEAK}", 0),
    ],
    ids=["clean", "leak", "comment", "verbose-diff"],
)
def test_commit_message(repo: Path, text: str, code: int) -> None:
    file = repo / ".git" / "COMMIT_EDITMSG"
    file.write_text(text)
    done = audit(repo, "commit-msg", "--only", "secrets", str(file))
    assert done.returncode == code, done.stdout + done.stderr


def test_commit_message_file_missing(repo: Path) -> None:
    done = audit(repo, "commit-msg", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_push_to_known_branch(repo: Path, origin: Path) -> None:
    old = repos.oid(repo)
    repos.commit(repo, {"notes.txt": "clean\n"})
    assert (
        audit(repo, "pre-push", "--remote", "origin", stdin=pushed(repo, old=old)).returncode == 0
    )
    repos.commit(repo, {"shop.env": LEAK})
    repos.commit(repo, remove=["shop.env"])
    done = audit(repo, "pre-push", "--remote", "origin", stdin=pushed(repo, old=old))
    assert done.returncode == 1
    assert "shop.env" in done.stdout


def test_push_of_message_and_tag(repo: Path, origin: Path) -> None:
    repos.commit(repo, {"a.txt": "a\n"}, f"Try {LEAK}")
    assert audit(repo, "pre-push", "--remote", "origin", stdin=pushed(repo)).returncode == 1
    repos.tag(repo, "v1", f"Release with {LEAK}", "HEAD~1")
    line = f"refs/tags/v1 {repos.oid(repo, 'refs/tags/v1')} refs/tags/v1 {ZERO}\n"
    done = audit(repo, "pre-push", "--remote", "origin", stdin=line)
    assert done.returncode == 1
    assert "tag message" in done.stdout


@pytest.mark.parametrize("announced", [False, True], ids=["git", "pre-commit"])
def test_push_of_a_name(repo: Path, origin: Path, announced: bool) -> None:
    name = f"refs/heads/try-{example.shopify_token()}"
    line, said = f"HEAD {repos.oid(repo)} {name} {ZERO}\n", {}
    if announced:
        said = {"PRE_COMMIT": "1", "PRE_COMMIT_REMOTE_BRANCH": name}
        line = ""
    done = audit(repo, "pre-push", "--remote", "origin", stdin=line, **said)
    assert done.returncode == 1
    assert "name of the ref:1:16" in done.stdout


def test_nothing_new_and_deletion(repo: Path, origin: Path) -> None:
    deletion = f"(delete) {ZERO} refs/heads/old {repos.oid(repo)}\n"
    done = audit(repo, "pre-push", "--remote", "origin", stdin=pushed(repo) + deletion)
    assert (done.returncode, done.stdout) == (0, "")


def test_several_branches_are_all_read(repo: Path, origin: Path) -> None:
    repos.commit(repo, {"good.txt": "x\n"})
    repos.branch(repo, "bad")
    repos.commit(repo, {"shop.env": LEAK})
    lines = pushed(repo, "main") + pushed(repo, "bad")
    assert audit(repo, "pre-push", "--remote", "origin", stdin=lines).returncode == 1


def test_outside_of_a_repository(tmp_path: Path) -> None:
    done = audit(tmp_path, "pre-push", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 2
    assert "no git repository" in done.stderr


def ranges(repo: Path, push: hook.Push, remote: str = "origin") -> list[str]:
    repository = Repository.discover(repo)
    assert repository is not None
    found = hook.new_range(repository, push, remote)
    return repos.git(repo, "log", "--format=%s", found).decode().split("\n") if found else []


def test_new_branch_is_read_from_where_it_left_the_remote(repo: Path, origin: Path) -> None:
    repos.branch(repo, "work")
    repos.commit(repo, message="One")
    repos.commit(repo, message="Two")
    assert ranges(repo, hook.Push("HEAD")) == ["Two", "One"]
    assert ranges(repo, hook.Push("HEAD", "f" * 40)) == ["Two", "One"]
    assert ranges(repo, hook.Push("HEAD", repos.oid(repo, "HEAD~1"))) == ["Two"]
    assert ranges(repo, hook.Push("HEAD~2")) == []


def test_new_branch_to_an_unknown_remote_is_read_wholly(repo: Path, origin: Path) -> None:
    repos.commit(repo, message="One")
    assert ranges(repo, hook.Push("HEAD"), "elsewhere") == ["One", "First"]


def test_new_branch_that_took_in_the_remote(repo: Path, origin: Path) -> None:
    start = repos.oid(repo)
    repos.commit(repo, {"m.txt": "m\n"}, "On the remote")
    repos.git(repo, "push", "-q", "origin", "main")
    repos.branch(repo, "work", start)
    repos.commit(repo, {"w.txt": "w\n"}, "Mine")
    repos.git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "main")
    assert sorted(ranges(repo, hook.Push("HEAD"))) == ["Merge", "Mine"]


def test_what_pre_commit_announces() -> None:
    assert hook.announced({}) is None
    both = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "a", "PRE_COMMIT_TO_REF": "b"}
    assert hook.announced(both) == [hook.Push("b", "a")]
    branch = {"PRE_COMMIT": "1", "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x"}
    assert hook.announced(branch) == [hook.Push("refs/heads/x")]
    assert hook.announced({"PRE_COMMIT": "1"}) == [hook.Push("HEAD")]


def test_findings_win_over_errors() -> None:
    assert [hook.combined(codes) for codes in ([], [0, 3], [3, 1], [0, 2, 0])] == [0, 3, 1, 2]


# Started by pre-commit


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a repository of its own: what a user's pre-commit would clone."""
    pytest.importorskip("pre_commit", reason="needs pre-commit: pip install '.[dev]'")
    probe = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "hatchling", "-d"]
    folder = tmp_path_factory.mktemp("tool")
    if subprocess.run([*probe, str(folder)], capture_output=True).returncode:
        pytest.skip("pre-commit installs the hooks with pip, and no package registry is reachable")
    made = repos.init(folder / "occ-audit")
    for name in SHIPPED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, made / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, made / name)
    repos.commit(made, message="Release")
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("pre-commit-home"))


@pytest.fixture
def hooked(repo: Path, tool: Path, home: str) -> Path:
    ids = "".join(f"      - id: occ-audit{end}\n" for end in ("", "-commit-msg", "-push"))
    config = f"repos:\n  - repo: {tool}\n    rev: {repos.oid(tool)}\n    hooks:\n{ids}"
    repos.commit(repo, {".pre-commit-config.yaml": config}, "Configure hooks")
    types = [f"--hook-type={name}" for name in ("pre-commit", "commit-msg", "pre-push")]
    pre_commit = [sys.executable, "-m", "pre_commit"]
    done = run(repo, *pre_commit, "install", *types, PRE_COMMIT_HOME=home)
    assert done.returncode == 0, done.stderr
    return repo


def test_commit_and_push_with_pre_commit(hooked: Path, home: str, tmp_path: Path) -> None:
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        allow = ("-c", "protocol.file.allow=always")
        return run(hooked, "git", *allow, *arguments, PRE_COMMIT_HOME=home)

    # Staged content counts, not what is on the disk.
    repos.stage(hooked, {"shop.env": LEAK})
    (hooked / "shop.env").write_text("cleaned\n")
    stopped = git("commit", "-m", "Add the shop")
    assert stopped.returncode != 0
    assert "shop.env:1" in stopped.stdout + stopped.stderr

    repos.stage(hooked)
    assert git("commit", "-m", f"Add the shop, {LEAK}").returncode != 0
    done = git("commit", "-m", "Add the shop")
    assert done.returncode == 0, done.stdout + done.stderr

    # The first push of everything, of a clean branch, and of a leak that slipped in.
    server = repos.init(tmp_path / "server.git", bare=True)
    repos.git(hooked, "remote", "add", "origin", server.as_uri())
    first = git("push", "origin", "main")
    assert first.returncode == 0, first.stdout + first.stderr
    repos.git(hooked, "checkout", "-q", "-b", "work")
    repos.write(hooked, {"late.env": LEAK})
    repos.git(hooked, "add", "late.env")
    assert git("commit", "--no-verify", "-m", "Slip").returncode == 0
    assert git("commit", "--allow-empty", "-m", "What is there already, is").returncode == 0
    stopped = git("push", "origin", "work")
    assert stopped.returncode != 0
    assert "late.env:1" in stopped.stdout + stopped.stderr


def test_what_pre_commit_is_asked_to_look_at(repo: Path, tool: Path, home: str) -> None:
    repos.commit(repo, {"late.env": LEAK})
    config = f"- {{repo: {tool}, rev: {repos.oid(tool)}, hooks: [{{id: occ-audit}}]}}"
    repos.commit(repo, {".pre-commit-config.yaml": f"repos:\n{config}\n"})

    def pre_commit(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--verbose", *options]
        return run(repo, *command, PRE_COMMIT_HOME=home)

    everything = pre_commit("--all-files")
    assert everything.returncode == 1
    assert "late.env:1" in everything.stdout
    since = pre_commit("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert since.returncode == 0
    assert "commit range of" in since.stdout
    assert pre_commit("--from-ref", "HEAD~2", "--to-ref", "HEAD").returncode == 1
    repos.stage(repo, {"clean.txt": "clean\n"})
    staged = pre_commit()
    assert staged.returncode == 0
    assert "staged content of" in staged.stdout


def test_try_repo(repo: Path, tool: Path, home: str) -> None:
    repos.stage(repo, {"shop.env": LEAK})
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(tool), "occ-audit"]
    done = run(repo, *command, PRE_COMMIT_HOME=home)
    assert done.returncode == 1
    assert "shop.env:1" in done.stdout


LOOK = """
import sys
from occ_audit import cli
started = []
sys.addaudithook(lambda name, facts: name == "subprocess.Popen" and started.append(facts[1]))
code = cli.run(["scan", "--staged", sys.argv[1]])
print(code, len(started), [name for name in sys.argv[2:] if name in sys.modules])
"""
HEAVY = ("rich", "sqlite3", "regex", "yaml", "concurrent.futures", "tempfile")
"""What most commits do without."""
FOR_DOCUMENTS = ("pathspec", "tomllib", "html", "occ_audit.documents", "occ_audit.checks.evidence")


def looked(repo: Path, modules: tuple[str, ...]) -> str:
    """Say how the hook ended, how often it asked git, and which of the modules it imported."""
    line = [sys.executable, "-c", LOOK, str(repo), *modules]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("text", ["value = 1\n", "token = 'x' * 40\n"])
def test_a_commit_without_findings_waits_for_nothing_heavy(repo: Path, text: str) -> None:
    repos.stage(repo, {"a.py": text})
    assert looked(repo, HEAVY) == "0 5 []"


def test_where_nothing_is_cited_the_audit_of_evidence_is_not_loaded(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.py": "value = 1\n"})
    repos.stage(made, {"b.py": "value = 2\n"})
    assert looked(made, (*HEAVY, *FOR_DOCUMENTS)) == "0 4 []"
