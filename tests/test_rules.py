"""Rule files: what is read, what is refused and how, templates, and `occ-audit rules`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex
from click.testing import CliRunner

from occ_audit import plugins, rules, selftest, validators
from occ_audit.cli.rules import rules_command
from occ_audit.errors import AuditError
from occ_audit.model import Batch, Confidence, Finding, Location, Rule, Severity
from occ_audit.templates import expand

GOOD = """
vendor = "Acme"

[[rule]]
id = "acme-token"
name = "Acme token"
severity = "high"
confidence = "certain"
description = "Opens the shop."
pattern = '''(?P<secret>acme_[0-9a-f]{32})(?![0-9a-f])'''
validators = ["random_body"]
examples = ["ACME_TOKEN=acme_{hex:32}", "token: acme_{hex:32}"]
counter_examples = ["ACME_TOKEN=acme_{hex:12}", "ACME_TOKEN="]
references = ["https://acme.example/docs"]
[rule.rotate]
advice = "Make another."
url = "https://acme.example/tokens"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text(GOOD)
    return path


def refusal(text: str) -> AuditError:
    with pytest.raises(AuditError) as caught:
        rules.parse(text, "acme.toml")
    return caught.value


class TestReading:
    def test_a_rule_is_what_the_file_says(self, file: Path) -> None:
        rule = {rule.id: rule for rule in rules.load([file])}["acme-token"]
        assert rule.vendor == "Acme"
        assert rule.severity is Severity.HIGH
        assert rule.confidence is Confidence.CERTAIN
        assert rule.group == "secret"
        assert rule.priority == 50
        assert rule.enabled
        assert rule.validators == ("random_body",)
        assert rule.rotate is not None
        assert rule.rotate.url == "https://acme.example/tokens"

    def test_the_mission_is_covered(self) -> None:
        vendors = {rule.vendor for rule in rules.load()}
        assert vendors >= {
            "Shopify", "Supabase", "Chatwoot", "Fly.io", "GitHub", "Google", "Slack", "Linear",
            "Meta", "X", "Zoho", "Hootsuite", "Private keys", "Playwright", "JSON Web Token",
        }  # fmt: skip

    def test_a_folder_is_read_whole(self, file: Path) -> None:
        (file.parent / "more.toml").write_text(GOOD.replace("acme-token", "more-token"))
        (file.parent / "notes.txt").write_text("no rules")
        assert [rule.id for rule in rules.read([file.parent])] == ["acme-token", "more-token"]

    def test_a_users_rule_replaces_the_built_in_one(self, file: Path) -> None:
        before = rules.load()
        file.write_text(GOOD.replace("acme-token", before[0].id))
        after = rules.load([file])
        assert len(after) == len(before)
        assert {rule.id: rule for rule in after}[before[0].id].name == "Acme token"

    def test_a_missing_file_is_the_users_mistake(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match=r"none\.toml.*cannot read rules"):
            rules.load([tmp_path / "none.toml"])

    def test_reading_the_rules_imports_nothing_heavy(self) -> None:
        code = (
            "import sys; from occ_audit import rules; rules.load(); "
            "print([m for m in ('regex', 'hyperscan', 'rich', 'click', 'pathspec', 'yaml') "
            "if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "[]\n", done.stderr


class TestRefusing:
    @pytest.mark.parametrize(
        ("old", "new", "problem", "mend"),
        [
            (
                "severity = ",
                "seriousness = ",
                "seriousness: there is no such key",
                "keys here are: id, name",
            ),
            (
                'severity = "high"',
                'severity = "urgent"',
                "severity: 'urgent' is not a severity",
                "info, low",
            ),
            ('severity = "high"', "severity = 3", "severity: 3 is not a severity", "info, low"),
            ('"certain"', '"sure"', "confidence: 'sure' is not a", "possible, likely"),
            ('["random_body"]', '"random_body"', "validators: should be a list", "a list"),
            ('["random_body"]', "[1]", "validators[0]: should be a text", "a text"),
            ('["random_body"]', '["magic"]', "unknown validator `magic`", "known: "),
            ("{32})(?!", "{32}(?!", "`pattern` is no pattern", "docs/rules.md"),
            ("acme_[0-9a-f]{32}", "(?P<x>a)?", "matches an empty text", "mandatory"),
            ('severity = "high"', 'severity = "high"\npaths = ["[z-a]"]', "`paths`", ".gitignore"),
            ('severity = "high"', 'severity = "high"\npaths = ["*.md", "!"]', "'!'", ".gitignore"),
            ('id = "acme-token"', 'id = "Acme Token"', "not kebab-case", "hyphens"),
            ('name = "Acme token"', "", "name: is missing", "Add name"),
            ('advice = "Make another."', "", "rotate.advice: is missing", "Add advice"),
            (
                'url = "https://acme.example/t',
                'page = "',
                "rotate.page: there is no",
                "advice, url",
            ),
            (
                'examples = ["ACME_TOKEN=acme_{hex:32}", "token',
                "# ",
                "`examples` is missing",
                "two",
            ),
        ],
    )
    def test_a_mistake_names_file_line_rule_and_mend(
        self, old: str, new: str, problem: str, mend: str
    ) -> None:
        assert old in GOOD
        error = refusal(GOOD.replace(old, new, 1))
        assert error.where.startswith("acme.toml:4: rule `")
        assert problem in error.problem
        assert mend in error.mend

    def test_priority_true_is_no_number(self) -> None:
        assert "whole number" in refusal(GOOD.replace("confidence = ", "priority = true #")).mend

    def test_no_toml(self) -> None:
        assert "not valid TOML" in refusal("[[rule]").problem

    @pytest.mark.parametrize("text", ["rules = []", "rule = 1", "vendor = 1", "rule = [1]"])
    def test_another_shape(self, text: str) -> None:
        assert refusal(text).where == "acme.toml"

    def test_an_id_twice(self, file: Path) -> None:
        assert "not unique" in refusal(GOOD + GOOD.replace('vendor = "Acme"', "")).problem
        (file.parent / "again.toml").write_text(GOOD)
        with pytest.raises(AuditError, match="not unique"):
            rules.load([file.parent])


class TestFragments:
    FILE = GOOD.replace(
        "[[rule]]",
        """[fragments]
digit = '[0-9a-f]'
body = '''(?x)
  %{digit} {31}  # the last one is
  %{digit}       # checked apart'''

[[rule]]""",
    ).replace("[0-9a-f]{32})(?!", "%{body})(?!")

    def test_a_pattern_is_put_together(self, file: Path) -> None:
        file.write_text(self.FILE)
        [rule] = rules.read([file])
        found = re.search(rule.pattern.encode(), b"(acme_" + b"7f" * 16 + b")")
        assert found
        assert found["secret"] == b"acme_" + b"7f" * 16
        done = CliRunner().invoke(rules_command, ["check", str(file)])
        assert done.exit_code == 0, done.output

    @pytest.mark.parametrize("word", ["voilà", "zając", "été", r"\è\\ñ"])
    def test_letters_beyond_ascii_stand_as_they_are(self, word: str) -> None:
        """The bytes that end `à` and `ą` are blanks to `regex` in verbose patterns."""
        text = GOOD.replace("(?P<secret>acme_", f"(?x: {word} ) (?P<secret>acme_", 1)
        [rule] = rules.parse(text, "acme.toml")
        plain = word.replace("\\\\", "!").replace("\\", "").replace("!", "\\")
        value = f"{plain} acme_{'7f' * 16}".encode()
        assert regex.search(rule.pattern.encode(), value)
        assert re.search(rule.pattern.encode(), value)

    def test_a_space_counts_in_a_piece_but_not_in_a_verbose_one(self) -> None:
        text = self.FILE.replace("acme_%{body}", "(?x: acme _ %{body})")
        [rule] = rules.parse(text.replace("'[0-9a-f]'", "'(?: 7|f)'"), "acme.toml")
        assert re.search(rule.pattern.encode(), b"acme_" + b" 7f" * 16)

    def test_without_a_table_nothing_is_put_in(self) -> None:
        [rule] = rules.parse(GOOD.replace("acme_[", "acme%{x}["), "acme.toml")
        assert "%{x}" in rule.pattern

    @pytest.mark.parametrize(
        ("old", "new", "where", "problem", "mend"),
        [
            ("%{body})(", "%{bodi})(", "acme.toml:10: rule `acme-token`", "`bodi`", "mean body"),
            ("digit = ", "later = ", "acme.toml: fragment `body`", "`digit`", "above its first"),
            (
                "digit = '[0-9a-f]'",
                "digit = 1",
                "acme.toml: fragment `digit`",
                "no text",
                "digit =",
            ),
            ("%{digit} {31}", "%{digit}(", "acme.toml:10: rule `acme-token`", "no pattern", "docs"),
        ],
    )
    def test_a_mistake_names_place_and_mend(
        self, old: str, new: str, where: str, problem: str, mend: str
    ) -> None:
        assert old in self.FILE
        error = refusal(self.FILE.replace(old, new))
        assert error.where == where
        assert problem in error.problem
        assert mend in error.mend

    def test_it_is_a_table(self) -> None:
        assert "no table" in refusal("fragments = 1\n" + GOOD).problem

    def test_the_built_in_files_use_all_that_they_name(self) -> None:
        for path in rules.built_in().glob("*.toml"):
            text = path.read_text(encoding="utf-8")
            named = tomllib.loads(text).get("fragments", {})
            assert [name for name in named if "%{" + name + "}" not in text] == [], path.name


class TestTemplates:
    @pytest.mark.parametrize(
        ("template", "shape"),
        [
            ("{hex:32}", r"[0-9a-f]{32}"),
            ("{HEX:8}", r"[0-9A-F]{8}"),
            ("{alnum:20}", r"[0-9A-Za-z]{20}"),
            ("{base58:24}", r"[1-9A-HJ-NP-Za-km-z]{24}"),
            ("{base64:40}", r"[0-9A-Za-z+/]{40}"),
            ("{base64url:40}", r"[0-9A-Za-z_-]{40}"),
            ("{lower:5}{upper:5}{digits:5}", r"[a-z]{5}[A-Z]{5}[0-9]{5}"),
            ("{lowernum:20}{uppernum:20}", r"[0-9a-z]{20}[0-9A-Z]{20}"),
            ("{word}", r"[a-z]{6}"),
            ("{github:ghp_}", r"ghp_[0-9A-Za-z]{36}"),
            ("{supabase_secret:}", r"sb_secret_[\w-]{22}_[\w-]{8}"),
            ("{jwt:role=anon,exp=1}", r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}"),
            ("{fly_macaroon}", r"fm2_lJPE[0-9A-Za-z+/]+=*"),
            ("{pem:EC}", r"-----BEGIN EC PRIVATE KEY-----\n[\s\S]+-----END EC PRIVATE KEY-----"),
            ("{brace}hex:4}", r"\{hex:4\}"),
            ("${VAR} {{ x }} {{x}} {} {a b}", r"\$\{VAR\} \{\{ x \}\} \{\{x\}\} \{\} \{a b\}"),
            ('{"a": {"b": 1}}', r'\{"a": \{"b": 1\}\}'),
        ],
    )
    def test_shapes(self, template: str, shape: str) -> None:
        assert re.fullmatch(shape, expand(template, "seed"))

    def test_equal_seeds_give_equal_texts(self) -> None:
        template = "{hex:32} {hex:32} {github:ghp_} {pem:RSA}"
        assert expand(template, "one") == expand(template, "one")
        assert expand(template, "one") != expand(template, "two")
        first, second = expand("{hex:32} {hex:32}", "one").split()
        assert first != second

    def test_a_longer_body_looks_drawn_at_random(self) -> None:
        for number in range(200):
            body = expand("{alnum:12}", str(number))
            assert re.search(r"[a-z]", body)
            assert re.search(r"[A-Z]", body)
            assert re.search(r"[0-9]", body)

    @pytest.mark.parametrize("template", ["{hexx:3}", "{hex:many}", "{hex}", "{nothing}"])
    def test_mistakes_are_named(self, template: str) -> None:
        with pytest.raises(AuditError, match=re.escape(template.strip("{}").partition(":")[0])):
            expand(template, "seed")


def found_by_name(rule: Rule, batch: Batch, needle: bytes) -> Iterator[Finding]:
    """Stand in for the detection: what holds the needle is found."""
    for content in batch.contents:
        if needle in bytes(batch.buffer[content.start : content.end]):
            place = Location(content.oid, 0, 1, 1, 1, 1, 2, "")
            yield Finding(rule.id, rule.severity, "", (place,))


class TestSelfTest:
    def problems(self, text: str, needle: bytes = b"acme_") -> list[str]:
        (rule,) = rules.parse(text, "acme.toml")
        found = selftest.self_test([rule], lambda batch: found_by_name(rule, batch, needle))
        return [problem.text for problem in found]

    def test_an_example_that_is_not_found(self) -> None:
        first, second, *_ = self.problems(GOOD, b"nowhere")
        assert first == "example 1 is not found: 'ACME_TOKEN=acme_{hex:32}'"
        assert second.startswith("example 2 is not found")

    def test_a_counter_example_that_is_found(self) -> None:
        assert self.problems(GOOD) == ["counter-example 1 is found: 'ACME_TOKEN=acme_{hex:12}'"]

    def test_too_few_examples(self) -> None:
        text = GOOD.replace(', "token: acme_{hex:32}"', "").replace(', "ACME_TOKEN="', "")
        problems = self.problems(text)
        assert "has 1 examples, needs at least 2" in problems
        assert "has 1 counter-examples, needs at least 2" in problems

    def test_no_rotation(self) -> None:
        text = GOOD[: GOOD.index("[rule.rotate]")]
        assert any("does not say how to rotate" in problem for problem in self.problems(text))

    def test_a_slow_pattern(self) -> None:
        text = GOOD.replace("acme_[0-9a-f]{32}", r"(?:[a-z0-9_]+\s?)+[!-/]{32}")
        assert any("slow" in problem for problem in self.problems(text))

    def test_an_open_pattern_is_a_warning(self) -> None:
        (rule,) = rules.parse(GOOD.replace("acme_[", "acme_.*["), "acme.toml")
        found = list(selftest.self_test([rule], lambda batch: found_by_name(rule, batch, b"e_")))
        assert any(problem.warning and "open repetition" in problem.text for problem in found)


class TestCommand:
    def run(self, *arguments: str) -> tuple[object, str]:
        result = CliRunner().invoke(rules_command, arguments, standalone_mode=False)
        if result.exception:
            raise result.exception
        return result.return_value, result.output

    def test_list(self, file: Path) -> None:
        _, output = self.run("list", "--rules", str(file))
        lines = output.splitlines()
        assert any(re.fullmatch(r"high +acme-token +Acme token", line) for line in lines)
        assert lines[0].startswith("critical")
        assert re.match(r"\d+ rules: \d+ critical, \d+ high", lines[-1])

    def test_list_as_json(self, file: Path) -> None:
        _, output = self.run("list", "--rules", str(file), "--format", "json")
        rows = {row["id"]: row for row in json.loads(output)}
        assert rows["acme-token"]["severity"] == "high"
        assert rows["acme-token"]["rotate"]["advice"] == "Make another."

    def test_show(self, file: Path) -> None:
        _, output = self.run("show", "acme-token", "--rules", str(file))
        for text in ("Opens the shop.", "Make another.", "acme_[0-9a-f]{32}", "acme_{hex:32}"):
            assert text in output

    def test_show_escapes_control_characters(self, file: Path) -> None:
        file.write_text(GOOD.replace("Opens the shop.", r"Opens\u001b[2J the shop."))
        _, output = self.run("show", "acme-token", "--rules", str(file))
        assert "\x1b" not in output
        assert r"Opens\x1b[2J the shop." in output

    def test_show_of_an_unknown_rule_offers_a_near_one(self, file: Path) -> None:
        with pytest.raises(AuditError, match="Did you mean acme-token"):
            self.run("show", "acme-tokn", "--rules", str(file))

    def test_check_of_a_good_file(self, file: Path) -> None:
        assert self.run("check", str(file)) == (0, "1 rule tested, all as promised\n")

    def test_check_of_a_bad_file(self, file: Path) -> None:
        file.write_text(GOOD.replace('"token: acme_{hex:32}"', '"token: acme_{hex:31}"'))
        code, output = self.run("check", str(file))
        assert code == 1
        assert "error  acme-token: example 2 is not found: 'token: acme_{hex:31}'" in output

    def test_check_as_json(self, file: Path) -> None:
        code, output = self.run("check", str(file), "--format", "json")
        assert (code, json.loads(output)) == (0, {"rules": 1, "problems": []})


def test_the_manual_names_every_validator() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in plugins.names(validators) if f"`{name}`" not in manual] == []
