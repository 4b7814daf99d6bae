"""Rules of other scanners: read as they are, scanned with, and written as ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from occ_audit import imports, rules
from occ_audit.errors import AuditError
from occ_audit.imports import ImportedRule, Refused
from occ_audit.imports._syntax import UntranslatableError, translate
from occ_audit.model import Batch, Confidence, Content, Origin, Severity
from tests import repos
from tests.detection import check_of
from tests.scans import run, scan

MIXED = "q7Rt2Lx9Vb4Nz8Kd"
"""A body of high entropy; `aaaa…` is one of low entropy."""
OTHER = "Hs5Jw0Pm3Yc6Gf1T"

GITLEAKS = r"""
title = "ours"

[[rules]]
id = "tin-token"
description = "A token of Tin."
regex = '''(?i)tin[_-]?key\s*=\s*['"]?([a-z0-9]{16})\b'''
keywords = ["tin"]
entropy = 3.0
"""


def write(folder: Path, text: str, name: str = "rules.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def read(file: Path) -> tuple[list[ImportedRule], list[Refused]]:
    refused: list[Refused] = []
    known = list(rules.read([file], refuse=refused.append))
    assert all(isinstance(rule, ImportedRule) for rule in known)
    return [rule for rule in known if isinstance(rule, ImportedRule)], refused


def found(file: Path, text: str, path: str = "app/settings.py") -> list[tuple[str, str]]:
    """Return the rules and secrets that a scan of one file by the rules of `file` gives."""
    known, _ = read(file)
    data = text.encode()
    batch = Batch(memoryview(data), [Content(0, len(data), Origin("file", path))])
    return [
        (one.rule_id, one.secret.reveal().decode())
        for one in check_of(tuple(imports.apart(known, ()))).findings(batch)
        if one.secret
    ]


class TestGitleaks:
    def rule(self, folder: Path, more: str) -> Path:
        return write(folder, GITLEAKS + more)

    def test_the_group_is_the_secret(self, tmp_path: Path) -> None:
        assert found(self.rule(tmp_path, ""), f"TIN_KEY = {MIXED}\n") == [("tin-token", MIXED)]

    def test_too_little_entropy(self, tmp_path: Path) -> None:
        assert found(self.rule(tmp_path, ""), f"tin_key = {'a1' * 8}\n") == []

    def test_a_keyword_has_to_be_in_the_file(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS.replace('["tin"]', '["Pewter"]'))
        assert found(file, f"tin_key = {MIXED}\n") == []
        assert found(file, f"# PEWTER\ntin_key = {MIXED}\n") == [("tin-token", MIXED)]

    def test_a_named_group_number(self, tmp_path: Path) -> None:
        file = write(
            tmp_path,
            "[[rules]]\nid = 'zinc'\nregex = '''(zinc)-([a-z]{4})-([0-9]{6})'''\nsecretGroup = 3\n",
        )
        assert found(file, "zinc-abcd-482913") == [("zinc", "482913")]

    def test_without_a_group_number_the_first_that_is_not_empty(self, tmp_path: Path) -> None:
        file = write(tmp_path, "[[rules]]\nid = 'zinc'\nregex = '''zinc-(x)?([0-9]{6})'''\n")
        assert found(file, "zinc-482913") == [("zinc", "482913")]

    @pytest.mark.parametrize(
        ("allowlist", "text", "expected"),
        [
            ("regexes = ['''^q7''']", f"tin_key={MIXED}", []),
            ("regexes = ['''^q7''']", f"tin_key={OTHER}", [OTHER]),
            ("regexTarget = 'match'\nregexes = ['''(?i)^tin_''']", f"tin_key={OTHER}", []),
            ("regexTarget = 'line'\nregexes = ['''sample''']", f"tin_key={OTHER} # sample", []),
            ("regexTarget = 'line'\nregexes = ['''sample''']", f"tin_key={OTHER}", [OTHER]),
            ("stopwords = ['RT2L']", f"tin_key={MIXED}", []),
            ("paths = ['''settings\\.py$''']", f"tin_key={MIXED}", []),
            ("paths = ['''other\\.py$''']", f"tin_key={MIXED}", [MIXED]),
            (
                "condition = 'AND'\npaths = ['''settings''']\nstopwords = ['rt2l']",
                f"tin_key={MIXED}\ntin_key={OTHER}",
                [OTHER],
            ),
            (
                "paths = ['''nowhere''']\nstopwords = ['rt2l']",
                f"tin_key={MIXED}\ntin_key={OTHER}",
                [OTHER],
            ),
        ],
    )
    def test_allowlists(
        self, tmp_path: Path, allowlist: str, text: str, expected: list[str]
    ) -> None:
        for head in ("[[rules.allowlists]]", "[[allowlists]]", "[allowlist]"):
            file = self.rule(tmp_path, f"{head}\n{allowlist}\n")
            assert [secret for _, secret in found(file, text + "\n")] == expected

    def test_an_allowlist_for_some_rules(self, tmp_path: Path) -> None:
        more = "[[rules]]\nid = 'zinc'\nregex = '''zinc-[0-9]{6}'''\n"
        more += "[[allowlists]]\ntargetRules = ['zinc']\nregexes = ['''.''']\n"
        text = f"tin_key={MIXED}\nzinc-482913\n"
        assert found(self.rule(tmp_path, more), text) == [("tin-token", MIXED)]

    def test_commits_are_answered_with_a_word(self, tmp_path: Path) -> None:
        known, refused = read(self.rule(tmp_path, "[[rules.allowlists]]\ncommits = ['abc']\n"))
        assert [rule.id for rule in known] == ["tin-token"]
        assert [(row.rule_id, row.whole) for row in refused] == [("tin-token", False)]
        assert "commits" in refused[0].reason

    def test_a_rule_about_paths_alone(self, tmp_path: Path) -> None:
        file = write(tmp_path, "[[rules]]\nid = 'kdbx'\npath = '''(?i)\\.kdbx$'''\n")
        repo = repos.init(tmp_path / "r")
        repos.commit(repo, {"a/Safe.KDBX": "x", "b.txt": "y"})
        [one] = scan(repo, "--at=HEAD", "--rules", file).rules("kdbx")
        assert [o["path"] for p in one["locations"] for o in p["origins"]] == ["a/Safe.KDBX"]

    def test_a_rule_with_path_and_expression(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS + "path = '''\\.py$'''\n")
        assert found(file, f"tin_key={MIXED}\n")
        assert not found(file, f"tin_key={MIXED}\n", "app/settings.rb")

    def test_extend_lays_own_rules_over_those_of_a_file(self, tmp_path: Path) -> None:
        more = "[[rules]]\nid = 'zinc'\nregex = '''zinc-[0-9]{6}'''\n"
        write(tmp_path, GITLEAKS + more, "base.toml")
        own = "[extend]\npath = 'base.toml'\ndisabledRules = ['zinc']\n"
        own += "[[rules]]\nid = 'tin-token'\nentropy = 4.5\n"
        file = write(tmp_path, own)
        assert [rule.id for rule in read(file)[0]] == ["tin-token"]
        assert found(file, f"tin_key={MIXED}\n") == []

    def test_extending_what_is_not_there(self, tmp_path: Path) -> None:
        file = write(tmp_path, "[extend]\npath = 'gone.toml'\n")
        with pytest.raises(AuditError, match=r"cannot read the extended rules.*"):
            read(file)

    def test_the_default_rules_of_gitleaks_are_not_ours_to_give(self, tmp_path: Path) -> None:
        _, [refused] = read(self.rule(tmp_path, "[extend]\nuseDefault = true\n"))
        assert "give their file as well" in refused.reason

    def test_a_generic_rule_gives_way_to_a_specific_one(self, tmp_path: Path) -> None:
        more = "[[rules]]\nid = 'generic-key'\nregex = '''key\\s?=\\s?(\\w{16})'''\n"
        text = f"tin_key={MIXED}\ncopper_key={OTHER}\n"
        expected = [("tin-token", MIXED), ("generic-key", OTHER)]
        assert found(self.rule(tmp_path, more), text) == expected

    def test_a_required_rule_has_to_be_near(self, tmp_path: Path) -> None:
        text = "[[rules]]\nid = 'zinc'\nregex = '''zinc-[0-9]{6}'''\n"
        text += "[[rules.required]]\nid = 'lead'\nwithinLines = 2\n"
        text += "[[rules]]\nid = 'lead'\nregex = '''lead-[0-9]{6}'''\nskipReport = true\n"
        file = write(tmp_path, text)
        assert found(file, "zinc-482913\nlead-110022\n") == [("zinc", "zinc-482913")]
        assert found(file, "zinc-482913\n\n\n\nlead-110022\n") == []

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ("regex = '''a(b'''", "not closed"),
            ("regex = '''\\pL+'''", "no counterpart"),
            ("regex = '''abc'''\nsecretGroup = 2", "no group 2"),
            ("description = 'nothing'", "neither regex nor path"),
            ("regex = '''abc'''\n[[rules.allowlists]]\nregexTarget = 'file'", "regexTarget"),
        ],
    )
    def test_what_cannot_be_translated_is_named(
        self, tmp_path: Path, change: str, reason: str
    ) -> None:
        known, [refused] = read(self.rule(tmp_path, f"[[rules]]\nid = 'odd'\n{change}\n"))
        assert [rule.id for rule in known] == ["tin-token"]
        assert (refused.rule_id, refused.whole) == ("odd", True)
        assert reason in refused.reason


class TestBetterleaks:
    def test_a_filter_drops(self, tmp_path: Path) -> None:
        text = GITLEAKS.replace("entropy = 3.0", "") + (
            "filter = '''\n// a word about it\n"
            'entropy(finding["secret"]) <= 3.0 || '
            '(containsAny(finding["secret"], ["rt2l"]) && '
            '!matchesAny(finding["line"], [`keep`]))\n'
            "'''\n"
        )
        file = write(tmp_path, text)
        assert read(file)[0][0].source == "betterleaks"
        assert found(file, f"tin_key={MIXED}\n") == []
        assert found(file, f"tin_key={MIXED} # keep\n") == [("tin-token", MIXED)]
        assert found(file, f"tin_key={'a1' * 8}\n") == []

    def test_a_filter_for_all_rules(self, tmp_path: Path) -> None:
        head = "prefilter = '''matchesAny(get(attributes, \"path\", \"\"), [`^doc/`])'''\n"
        file = write(tmp_path, head + GITLEAKS)
        assert found(file, f"tin_key={MIXED}\n", "doc/a.md") == []
        assert found(file, f"tin_key={MIXED}\n", "src/a.md") == [("tin-token", MIXED)]

    def test_a_filter_that_is_not_understood(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS + "filter = '''let a = 1; a'''\n")
        assert [row.reason for row in read(file)[1]] == [
            "its filter uses `let`, which is not understood"
        ]


class TestNoseyParker:
    TEXT = r"""
rules:
- name: Tin Key
  id: np.tin.1
  pattern: '(?x)(?i) \b tin_key \s* = \s* ( [a-z0-9]{16} ) \b  # a word'
  categories: [api, secret]
- name: Tin Shop
  id: np.tin.2
  pattern: '\b[a-z]{3,20}\.tin\.example\b'
  categories: [identifier]
"""

    def test_rules(self, tmp_path: Path) -> None:
        file = write(tmp_path, self.TEXT, "tin.yml")
        text = f"Tin_Key = {MIXED} at acme.tin.example\n"
        assert found(file, text) == [("np.tin.1", MIXED), ("np.tin.2", "acme.tin.example")]
        assert [rule.severity for rule in read(file)[0]] == [Severity.HIGH, Severity.LOW]


class TestKingfisher:
    TEXT = r"""
rules:
- name: Tin Key
  id: kingfisher.tin.1
  pattern: (?xi)\b tin_key \s* = \s* ( [a-z0-9]{16} ) \b
  min_entropy: 3.0
  confidence: low
  pattern_requirements:
    min_digits: 2
    ignore_if_contains: ["rt2l"]
- name: Tin Helper
  id: kingfisher.tin.2
  pattern: 'tin-[0-9]{6}'
  visible: false
"""

    def test_rules(self, tmp_path: Path) -> None:
        file = write(tmp_path, self.TEXT, "tin.yml")
        known, [partly] = read(file)
        assert known[0].confidence is Confidence.POSSIBLE
        assert (partly.rule_id, partly.whole) == ("kingfisher.tin.2", False)
        text = f"tin_key={OTHER}\ntin_key={MIXED}\ntin_key=abcdefghjkmnpqr1\ntin-482913\n"
        assert found(file, text) == [("kingfisher.tin.1", OTHER)]

    def test_other_yaml_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match="holds no rules"):
            read(write(tmp_path, "a: 1\n", "a.yml"))

    def test_broken_yaml_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match="not YAML"):
            read(write(tmp_path, "rules:\n  - [\n", "a.yml"))


class TestSyntax:
    @pytest.mark.parametrize(
        ("pattern", "text", "matches"),
        [
            (r"a\z", "ba", True),
            (r"(?s)a.b", "a\nb", True),
            (r"a.b", "a\nb", False),
            (r"(?i:AB)c", "abc", True),
            (r"(?i:AB)C", "abc", False),
            (r"x(?i)ab", "xAB", True),
            (r"x(?i)ab|cd", "CD", True),
            (r"[[:alpha:]_]{3}", "a_b", True),
            (r"\Qa.b\E+", "a.b", True),
            (r"\x{41}\x42", "AB", True),
            (r"a{,3}", "a{,3}", True),
            (r"(?P<word>a)(?<other>b)", "ab", True),
            (r"a$", "a\nb", False),
            (r"(?m)a$", "a\nb", True),
            (r"[^\d\-a-c]", "b", False),
            (r"é", "é", True),
        ],
    )
    def test_expressions_of_go(self, pattern: str, text: str, matches: bool) -> None:
        import regex

        ours = translate(pattern).pattern.encode()
        assert bool(regex.search(ours, text.encode())) is matches

    @pytest.mark.parametrize(
        "pattern", [r"(a", r"a)", r"[a", r"[b-a]", r"(?U)a", r"[[:word", r"\p"]
    )
    def test_what_has_no_counterpart(self, pattern: str) -> None:
        with pytest.raises(UntranslatableError):
            translate(pattern)


class TestCommands:
    def test_scan_with_rules_as_they_are(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS + "[[rules.allowlists]]\npaths = ['''^sample/''']\n")
        repo = repos.init(tmp_path / "r")
        repos.commit(repo, {"a.txt": f"tin_key={MIXED}\n", "sample/a.txt": f"tin_key={OTHER}\n"})
        for choice in ("--at=HEAD", "--history"):
            found = scan(repo, choice, "--rules", file)
            [one] = found.rules("tin-token")
            assert [o["path"] for p in one["locations"] for o in p["origins"]] == ["a.txt"]
            assert MIXED not in found.out

    def test_scan_says_what_it_does_not_look_for(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS + "[[rules]]\nid = 'odd'\nregex = '''a(b'''\n")
        (tmp_path / "r").mkdir()
        done = scan(tmp_path / "r", "--rules", file)
        assert "1 imported rules are not looked for" in done.err
        assert "odd: a group is not closed" in done.err

    def test_import_lists_and_refuses(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS + "[[rules]]\nid = 'odd'\nregex = '''a(b'''\n")
        code, out, _ = run("rules", "import", file)
        assert code == 1
        assert "tin-token" in out
        assert "refused   odd: a group is not closed" in out
        assert "1 rules read, 1 refused" in out

    def test_import_as_json(self, tmp_path: Path) -> None:
        code, out, _ = run("rules", "import", write(tmp_path, GITLEAKS), "--format", "json")
        document = json.loads(out)
        assert code == 0
        assert [rule["id"] for rule in document["rules"]] == ["tin-token"]
        assert document["refused"] == []

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            (GITLEAKS + "[[allowlists]]\nstopwords = ['rt2l', '\"', '\\u0001']\n", "a.toml"),
            (TestNoseyParker.TEXT, "a.yml"),
            (TestKingfisher.TEXT, "b.yml"),
        ],
    )
    def test_what_is_written_is_read_as_the_same_rules(
        self, tmp_path: Path, text: str, name: str
    ) -> None:
        file, ours = write(tmp_path, text, name), tmp_path / "ours.toml"
        code, out, _ = run("rules", "import", file, "--out", ours)
        assert code == 0
        assert "written to" in out
        assert read(ours)[0] == read(file)[0]

    def test_no_rules_of_another_scanner(self, tmp_path: Path) -> None:
        code, _, err = run("rules", "import", write(tmp_path, "vendor = 'Tin'\n"))
        assert code == 2
        assert "no rules of another scanner" in err

    def test_a_folder_that_cannot_be_written_to(self, tmp_path: Path) -> None:
        file = write(tmp_path, GITLEAKS)
        code, _, err = run("rules", "import", file, "--out", tmp_path / "no" / "a.toml")
        assert code == 2
        assert "cannot be written" in err

    def test_an_id_that_is_taken_is_set_apart(self, tmp_path: Path) -> None:
        taken = rules.load()[0].id
        file = write(tmp_path, GITLEAKS.replace("tin-token", taken))
        ids = {rule.id for rule in rules.load([file])}
        assert {taken, f"gitleaks/{taken}"} <= ids
