"""`occ-audit scan` as a user meets it: options, exit codes, reports, and no secret anywhere."""

from __future__ import annotations

import itertools
import json
import stat
from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, run, scan, token

FORMATS = ["terminal", "json", "jsonl", "sarif", "markdown"]
SHOP = "SHOP_DOMAIN=lantern-supply.myshopify.com\n"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("cli") / "repo")
    repos.commit(made, {"a.env": leak("a"), "shop.env": SHOP})
    return made


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("cli") / "clean")
    repos.commit(made, {"shop.env": SHOP})
    return made


CHOICES = [["--staged"], ["--range", "A..B"], ["--history"], ["--stdin"]]


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(CHOICES, 2)])
def test_sources_exclude_each_other(repo: Path, one: list[str], other: list[str]) -> None:
    code, out, err = run("scan", *one, *other, repo)
    assert code == 2
    assert "exclude each other" in err
    assert one[0] in err
    assert other[0] in err
    assert not out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 1),
        (["--exit-zero"], 0),
        (["--fail-on", "critical"], 1),
        (["--only", "secrets"], 1),
        (["--only", "evidence"], 0),
        (["--min-severity", "critical"], 1),
        (["--allow-incomplete"], 1),
    ],
)
def test_findings(repo: Path, options: list[str], code: int) -> None:
    assert scan(*options, repo).code == code


def test_info_and_low_are_shown_but_do_not_fail(clean: Path) -> None:
    result = scan(clean)
    assert result.code == 0
    assert [row["severity"] for row in result.report["findings"]] == ["info"]
    assert scan("--fail-on", "info", clean).code == 1
    assert not scan("--min-severity", "low", clean).report["findings"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--format", "xml"],
        ["--report", "json"],
        ["--report", "xml=out"],
        ["--report", "json=/nowhere/at/all/out.json"],
        ["--report", "json=-"],
        ["--report", "json=one.file", "--report", "sarif=./one.file"],
        ["--stdin-name", "a.md"],
        ["--at", ""],
        ["--fail-on", "worst"],
        ["--jobs", "0"],
        ["--jobs", "many"],
        ["--baseline", "/nowhere"],
        ["--config", "/nowhere"],
        ["--rules", "/nowhere"],
        ["--no-such-option"],
        ["/nowhere/at/all"],
    ],
)
def test_mistakes_end_with_2_and_say_what_is_wrong(repo: Path, wrong: list[str]) -> None:
    code, out, err = run("scan", *wrong, repo)
    assert code == 2
    assert any(part.split("=")[-1] in err for part in wrong)
    assert "Traceback" not in err
    assert not out


def test_standard_input() -> None:
    result = scan("--stdin", "--stdin-name", "sub/COMMIT_EDITMSG", stdin=leak("in").encode())
    assert result.code == 1
    assert result.paths("in") == ["sub/COMMIT_EDITMSG"]
    assert scan("--stdin", stdin=leak("in").encode()).paths("in") == ["<stdin>"]
    assert scan("--stdin", stdin=b"").code == 0
    assert scan("--stdin", stdin=b"\xff\xfe\x00nothing").code == 0


def test_standard_input_heeds_the_configuration_around(tmp_path: Path) -> None:
    repos.write(tmp_path, {".occ-audit.toml": 'exclude = ["vendor/"]\n'})
    text = leak("in").encode()
    assert scan("--stdin", "--stdin-name", "vendor/a.env", tmp_path, stdin=text).code == 0
    assert scan("--stdin", "--stdin-name", "a.env", tmp_path, stdin=text).code == 1


def test_several_reports_in_one_run(repo: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in FORMATS}
    code, out, _ = run("scan", *(f"--report={n}={file}" for n, file in files.items()), repo)
    assert code == 1
    assert "Shopify Admin API access token" in out
    assert json.loads(files["json"].read_text())["findings"]
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    for line in files["jsonl"].read_text().splitlines():
        json.loads(line)
    for file in files.values():
        assert scans.token("a") not in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) & 0o400
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FORMATS)


def test_a_report_to_a_device_or_through_a_link(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("real.json")
    assert run("scan", f"--report=json={tmp_path / 'link.json'}", repo)[0] == 1
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["findings"]
    assert run("scan", "--report=json=/dev/null", repo)[0] == 1
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_show_secrets(repo: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    code, out, _ = run("scan", "--show-secrets", f"--report=json={file}", repo)
    assert code == 1
    assert scans.token("a") not in out  # only JSON shows them
    [value] = [row["secret"]["value"] for row in json.loads(file.read_text())["findings"][:1]]
    assert value == scans.token("a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_terminal(repo: Path) -> None:
    code, out, err = run("scan", repo)
    assert code == 1
    assert "a.env:1:21  Shopify Admin API access token in clear" in out
    assert "| SHOPIFY_ADMIN_TOKEN=shpa****" in out
    assert f"working tree of {repo}: 2 files" in " ".join(out.split())
    assert out.splitlines()[-1].startswith("2 findings: 1 critical, 1 info")
    assert not err


def test_quiet_and_verbose(repo: Path) -> None:
    _, quiet, _ = run("scan", "-q", repo)
    assert quiet.splitlines()[0].startswith("a.env:1:21: critical (likely): ")
    assert len(quiet.splitlines()) == 3
    _, verbose, _ = run("scan", "-v", repo)
    assert "shopify-admin-token:" in verbose


def test_help_and_unknown_commands() -> None:
    code, out, _ = run("scan", "--help")
    assert code == 0
    for option in ("--staged", "--range A..B", "--history", "--stdin-name", "--allow-incomplete"):
        assert option in out
    assert "Exit codes" in out
    code, _, err = run("scna")
    assert code == 2
    assert "scna" in err


def test_the_module_is_the_program(repo: Path) -> None:
    done = scans.spawned("scan", "-q", cwd=repo)
    assert done.returncode == 1
    assert done.stdout.startswith(b"a.env:1:21: critical")
    assert not done.stderr  # no progress bar where nobody looks


TELLTALE = [scans.token(label) for label in ("file", "folder", "message", "branch", "author")]


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a token in its name, in a path, a message, a branch, a tag, an author."""
    file, folder, message, branch, author = TELLTALE
    made = repos.init(tmp_path_factory.mktemp("telling") / f"repo-{folder}")
    log = f"---\ndoc: x\nowner: me\n---\n# Log\n\n- See `docs/{file}.md` and `x/{folder}/y.md`.\n"
    files = {f"{folder}/dump-{file}.md": log + leak("file"), "a.env": leak("a")}
    repos.commit(made, files, f"Rotate {message}", author=(f"Bot {author}", "bot@example.org"))
    repos.branch(made, f"fix-{branch}")
    repos.tag(made, f"v-{branch}", f"Tag {message}")
    repos.commit(made, {"b.txt": "b\n", f"large-{file}.bin": "x" * 5000})
    repos.write(made, {".occ-audit.toml": "max_bytes = 4000\n"})
    url = f"https://bot:{author}@git.example.org/x.git?token={branch}"
    repos.git(made, "remote", "add", "origin", url)
    repos.stage(made, {f"staged-{file}.env": leak("message")})
    return made


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--history"],
        ["--staged"],
        ["--range", "HEAD~..HEAD"],
        ["--only", "evidence"],
        ["--include-ignored", "-v"],
        ["--history", "-v"],
        ["-q"],
    ],
)
def test_no_token_anywhere(telling: Path, tmp_path: Path, options: list[str]) -> None:
    files = [tmp_path / name for name in FORMATS]
    reports = [f"--report={file.name}={file}" for file in files]
    code, out, err = run("scan", *options, *reports, telling)
    assert code in (1, 3)
    assert "internal error" not in err
    for said in (out, err, *(file.read_text() for file in files)):
        assert not [token for token in TELLTALE if token[8:] in said]
    assert "****" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "/nowhere/{}"],
        ["scan", "--range", "{}..HEAD", "."],
        ["scan", "--format", "{}"],
        ["scan", "--{}"],
        ["scan", "--report", "{}=x"],
        ["scan", "--config", "{}"],
        ["{}"],
    ],
)
def test_no_token_in_an_error(
    telling: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(telling)
    code, out, err = run(*(argument.format(TELLTALE[0]) for argument in arguments))
    assert code == 2
    assert err
    assert TELLTALE[0][8:] not in out + err
    assert "****" in err


def test_no_token_in_a_traceback(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot go on at {TELLTALE[0]}\x1b[2J")

    monkeypatch.setattr("occ_audit.engine.audit", broken)
    code, out, err = run("scan", repo)
    assert code == 3
    assert "internal error, please report it" in err
    assert "RuntimeError: cannot go on at ****\\x1b[2J" in err
    assert not out


def test_no_token_in_an_error_even_if_the_rules_are_broken(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("occ_audit.rules.load", lambda *_: 1 // 0)
    code, _, err = run("scan", f"/nowhere/{TELLTALE[0]}")
    assert code == 2
    assert "/nowhere/****: no such file or folder" in err


@pytest.mark.parametrize(
    "command",
    [
        ("baseline", "write"),
        ("evidence", "list"),
        ("evidence", "list", "--format", "json"),
        ("evidence", "lock"),
        ("evidence", "verify"),
        ("init", "--force"),
    ],
)
def test_no_token_in_what_other_commands_print(tmp_path: Path, command: tuple[str, ...]) -> None:
    made = repos.init(tmp_path / token("folder"))
    log = f"---\ndoc: x\nowner: me\n---\n# Log\n\n- See `docs/{token('cited')}.log`.\n"
    repos.commit(made, {f"{token('name')}.md": log, "a.env": leak("a")})
    run("evidence", "lock", made)
    run("init", made)
    code, out, err = run(*command, made)
    assert code in (0, 1)
    for label in ("folder", "cited", "name", "a"):
        assert token(label) not in out + err
