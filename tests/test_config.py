"""The configuration file: what is found, what is read, and what a user is told about mistakes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from occ_audit import config, settings
from occ_audit.errors import AuditError
from occ_audit.model import Severity
from occ_audit.setting_types import path_matcher
from occ_audit.typed_toml import key_lines

WHERE = "repo/.occ-audit.toml"
DOCS = Path(__file__).parent.parent / "docs"


def mistake(text: str) -> str:
    with pytest.raises(AuditError) as caught:
        config.parse(text, WHERE)
    return str(caught.value)


def test_all_keys_are_read() -> None:
    text = """
    exclude = ["third_party/**", "!third_party/ours.py"]
    rules = ["more"]
    disable = ["jwt"]
    salt = "pepper"
    max_bytes = 1024
    [severity]
    dsn-url = "low"
    [evidence]
    vault = ["locked/**"]
    [[allow]]
    rule = "jwt"
    path = "tests/**"
    reason = "made for tests"
    owner = "ops"
    expires = 2030-01-31
    [[allow]]
    fingerprint = "jwt:00ff"
    expires = "2031-01-31"
    """
    read = config.parse(text, WHERE)
    assert read.path == WHERE
    assert read.exclude == ("third_party/**", "!third_party/ours.py")
    assert (read.rules, read.disable, read.salt, read.max_bytes) == (
        ("more",),
        ("jwt",),
        "pepper",
        1024,
    )
    assert read.severity == {"dsn-url": Severity.LOW}
    assert read.evidence.vault == ("locked/**",)
    assert read.evidence.documents == settings.EvidenceConfig().documents
    assert read.allow == (
        settings.Allow("jwt", "tests/**", "", "made for tests", "ops", "2030-01-31"),
        settings.Allow(fingerprint="jwt:00ff", expires="2031-01-31"),
    )
    assert [read.line("allow", index) for index in (0, 1)] == [11, 17]


def test_an_empty_file_gives_the_defaults() -> None:
    assert config.parse("", "") == settings.Config()


@pytest.mark.parametrize(
    ("text", "problem", "mend"),
    [
        ('\nexlude = ["a"]', ":2: exlude: there is no such key", "Did you mean exclude?"),
        ('exclude = "a"', ":1: exclude: should be a list, not a text", "Write a list"),
        ('exclude = ["a", 3]', ":1: exclude[1]: should be a text, not a whole number", "in quotes"),
        ('exclude = ["a", "b["]', ":1: exclude[1]: 'b[' is not a path pattern", ".gitignore"),
        ('exclude = ["[z-a]"]', ":1: exclude[0]: '[z-a]' is not a path pattern", ".gitignore"),
        ('exclude = ["!"]', ":1: exclude[0]: '!' is not a path pattern", ".gitignore"),
        ('exclude = ["# note"]', ":1: exclude[0]: '# note' is not a path pattern", ".gitignore"),
        ("max_bytes = true", ":1: max_bytes: should be a whole number, not true", "such as 10"),
        ("max_bytes = 0", ":1: max_bytes: 0 is too small", "at least 1"),
        ('[severity]\n\na-b = "hihg"', ":3: severity.a-b: 'hihg' is not a severity", "high?"),
        ("[severity]\na-b = 3", ":2: severity.a-b: 3 is not a severity", "info, low, medium"),
        ("evidence = 1", ":1: evidence: should be a table, not a whole number", "keys and values"),
        ('[evidence]\nvalt = ["x"]', ":2: evidence.valt: there is no such key", "vault?"),
        ('[[allow]]\nreason = "x"', ":1: allow[0]: an entry that names nothing", "fingerprint"),
        ('[[allow]]\nrule = ""', ":1: allow[0]: an entry that names nothing", "fingerprint"),
        (
            '[[allow]]\nrule = "a"\n[[allow]]\nrule = "b"\nexpires = "2030-02-30"',
            ":5: allow[1].expires: '2030-02-30' is not a date",
            "YYYY-MM-DD",
        ),
        ('allow = [{rule = "a", expires = 12:00:00}]', ":1: allow[0].expires: should be", "text"),
        ('[[allow]]\nrule = "a"\npath = "a["', ":3: allow[0].path: 'a[' is not", ".gitignore"),
        ('path = "x"', ":1: path: there is no such key", "The keys here are: exclude"),
        ("a = [", ": is not valid TOML", "toml.io"),
        ("a = 1\na = 2\n", ":2: is not valid TOML", "toml.io"),
        ("x = " + "[" * 100_000, ": is not valid TOML", "toml.io"),
    ],
)
def test_mistakes_name_file_line_key_and_mend(text: str, problem: str, mend: str) -> None:
    said = mistake(text)
    assert said.startswith(WHERE + problem)
    assert mend in said.partition("\n")[2]


def test_control_characters_of_a_key_are_escaped() -> None:
    assert "\x1b" not in mistake('"a\\u001b[31m" = 1')


def test_pyproject_lines_and_errors(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n\n[tool.occ-audit]\nmax_byte = 1\n')
    with pytest.raises(AuditError, match=r"pyproject\.toml:5: max_byte: there is no such key"):
        config.load(file)


def test_unknown_rule_ids_are_mistakes() -> None:
    known = {"dsn-url", "jwt"}
    good = 'disable = ["jwt"]\n[severity]\njwt = "low"\n[[allow]]\nrule = "dsn-url"\n'
    config.check_rule_ids(config.parse(good, WHERE), known)
    for text, problem in [
        ('disable = ["jtw"]', ":1: disable[0]: there is no rule 'jtw'\n  Did you mean jwt?"),
        ('[severity]\ndsn-urls = "low"', ":2: severity.dsn-urls: there is no rule 'dsn-urls'"),
        ('[[allow]]\npath = "a"\nrule = "x"', ":3: allow[0].rule: there is no rule 'x'"),
    ]:
        with pytest.raises(AuditError) as caught:
            config.check_rule_ids(config.parse(text, WHERE), known)
        assert str(caught.value).startswith(WHERE + problem)
        assert "occ-audit rules list" in str(caught.value)


def test_rule_files_that_are_not_there_are_mistakes(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    read = config.parse('salt = "x"\nrules = ["mine", "theirs.toml"]\n', str(tmp_path / "c.toml"))
    with pytest.raises(AuditError) as caught:
        config.rule_files(read)
    assert str(caught.value).startswith(f"{tmp_path / 'c.toml'}:2: rules[1]: there is no such")
    (tmp_path / "theirs.toml").touch()
    assert config.rule_files(read) == [tmp_path / "mine", tmp_path / "theirs.toml"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path.resolve()


def make(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_nearest_file_upwards_is_found(home: Path) -> None:
    root = home / "work" / "repo"
    root.mkdir(parents=True)
    assert config.find(root) is None
    outer = make(home / "work" / ".occ-audit.toml")
    assert config.find(root) == outer
    make(root / "pyproject.toml", '[project]\nname = "occ-audit-user"\n')
    assert config.find(root) == outer
    shared = make(root / "pyproject.toml", "[tool.occ-audit]\nmax_bytes = 7\n")
    assert config.find(root) == shared
    assert config.load(shared).max_bytes == 7
    own = make(root / ".occ-audit.toml")
    assert config.find(root) == own


def test_the_search_ends_at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = home / "user"
    (inner / "repo").mkdir(parents=True)
    make(home / ".occ-audit.toml")
    assert config.find(inner / "repo") == home / ".occ-audit.toml"
    monkeypatch.setenv("HOME", str(inner))
    monkeypatch.setenv("USERPROFILE", str(inner))
    assert config.find(inner / "repo") is None


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs to change owners")
def test_a_file_of_another_user_above_the_root_is_passed_over(home: Path) -> None:
    root = home / "repo"
    root.mkdir()
    planted = make(home / ".occ-audit.toml")
    os.chown(planted, 54321, 54321)
    assert config.find(root) is None
    os.chown(make(root / ".occ-audit.toml"), 54321, 54321)
    assert config.find(root) == root / ".occ-audit.toml"


def test_a_broken_pyproject_that_may_be_ours_is_an_error(home: Path) -> None:
    make(home / "pyproject.toml", "[tool.black\n")
    assert config.find(home) is None
    broken = make(home / "pyproject.toml", "[tool.occ-audit]\nexclude = [\n")
    found = config.find(home)
    assert found == broken
    with pytest.raises(AuditError, match="is not valid TOML"):
        config.load(found)


def test_an_explicit_file_must_exist(home: Path) -> None:
    with pytest.raises(AuditError, match="no such configuration file"):
        config.find(home, home / "missing.toml")
    other = make(home / "other.toml", "max_bytes = 9")
    assert config.find(home, other) == other
    assert config.load(other).max_bytes == 9


def test_unreadable_files_are_errors(tmp_path: Path) -> None:
    file = tmp_path / ".occ-audit.toml"
    file.write_bytes(b"salt = '\xff'")
    with pytest.raises(AuditError, match="not UTF-8 at byte 8"):
        config.load(file)
    file.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(AuditError, match="larger than 1,048,576 bytes"):
        config.load(file)
    file.unlink()
    file.symlink_to("/dev/zero")
    assert config.find(tmp_path) == tmp_path.resolve() / ".occ-audit.toml"
    with pytest.raises(AuditError, match="not a regular file"):
        config.load(file)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = make(tmp_path / ".occ-audit.toml")
    file.write_bytes(b"\xef\xbb\xbfmax_bytes = 5\r\n")
    assert config.load(file).max_bytes == 5


@pytest.mark.parametrize(
    ("patterns", "path", "matched"),
    [
        ([], "a", False),
        (["docs/"], "docs/a/b.md", True),
        (["docs/"], "docs", False),
        (["*.md"], "a/b.md", True),
        (["/*.md"], "a/b.md", False),
        (["vault/**", ".env*", "!.env.example"], "x/.env.local", True),
        (["vault/**", ".env*", "!.env.example"], ".env.example", False),
        (["a b/**"], "a b/c", True),
    ],
)
def test_patterns_mean_what_they_mean_in_gitignore(
    patterns: list[str], path: str, matched: bool
) -> None:
    assert path_matcher(patterns)(path) is matched


@pytest.mark.parametrize(
    "pattern",
    [
        "*.md",
        "docs",
        "docs/",
        "/docs",
        "docs/**",
        "**/docs",
        "a/**/b.md",
        "*.[mM]d",
        "[a-d]ocs/",
        "d?cs",
        "\\*.md",
        "#a",
        "!a.md",
        "*",
        "\\!a.md",
        "a\\.md",
        "*a*",
        "**",
        "/**",
        ".env*",
        ".env*.dist",
        "a.md ",
        " a.md",
        "a.md\\ ",
        "a b",
        "",
        " ",
    ],
)
@pytest.mark.parametrize("more", [[], ["*.dist"], ["!*.md"], ["b.md", "!docs/"]])
def test_a_quick_look_at_a_path_changes_nothing(pattern: str, more: list[str]) -> None:
    patterns = [pattern, *more]
    spec = GitIgnoreSpec.from_lines(patterns, backend="simple")
    names = ("a.md", "a.MD", "docs", "*.md", "#a", "!a.md", ".env.dist", "a b", "a.md ", "b.md")
    paths = [f"{folder}{name}" for folder in ("", "docs/", "a/", "a/x/") for name in names]
    matches = path_matcher(patterns)
    assert [*filter(matches, paths)] == [*filter(spec.match_file, paths)]


def test_where_no_pattern_can_match_nothing_is_imported() -> None:
    code = (
        "import sys; from occ_audit import config\n"
        "from occ_audit.setting_types import path_matcher; path_matcher([])('a.py');"
        "path_matcher(['*.md', '/docs/**', '!a.md'])('src/a.py');"
        "from pathlib import Path; config.find(Path('/'));"
        "print('pathspec' in sys.modules, 'tomllib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_lines_of_keys() -> None:
    text = '# a = 1\n"x.y" = 1\n[a."b c"] # note\nd.e = 2\n[[l]]\n  k = "="\n[[l]]\n[l.sub]\n'
    assert key_lines(text) == {
        ("x.y",): 2,
        ("a", "b c"): 3,
        ("a", "b c", "d", "e"): 4,
        ("l", 0): 5,
        ("l", 0, "k"): 6,
        ("l", 1): 7,
        ("l", "sub"): 8,
    }


def test_every_key_is_documented() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    keys = {f.name for f in fields(settings.Config) if f.metadata.get("key", True)}
    keys |= {
        f.name
        for f in (
            *fields(settings.Allow),
            *fields(settings.EvidenceConfig),
            *fields(settings.ScrubConfig),
        )
    }
    assert keys == documented
