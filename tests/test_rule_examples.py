"""Every rule finds its examples and none of its counter-examples, by the real detection."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest
import regex

from occ_audit import plugins, rules, selftest, validators
from occ_audit.model import Batch, Content, Origin, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import Candidate, Groups, Verdict
from tests.detection import built_in, check

RULES = built_in()
STRUCTURED = 75
"""The priority from which on a rule knows its vendor's format."""
WITH_PATTERN = [rule for rule in RULES if rule.pattern]


@functools.cache
def problems() -> Mapping[str, Sequence[str]]:
    """What the self-test holds against each rule, warnings excepted; it compiles all at once."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for problem in selftest.self_test(WITH_PATTERN, check().findings):
        if not problem.warning:
            found[problem.rule_id].append(problem.text)
    return found


@pytest.mark.parametrize("rule", WITH_PATTERN, ids=lambda rule: rule.id)
def test_rule_keeps_its_word(rule: Rule) -> None:
    assert problems().get(rule.id, []) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_says_all_that_a_reader_needs(rule: Rule) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert rule.name
    assert rule.name[-1] != "."
    assert rule.description.strip()[-1] in ".!?"
    for link in (*rule.references, *([rule.rotate.url] if rule.rotate and rule.rotate.url else [])):
        assert link.startswith("https://")


def test_built_in_rules_pass_the_checks_that_start_up_leaves_out() -> None:
    files = sorted(rules.built_in().glob("*.toml"))
    parsed = [rule for file in files for rule in rules.parse(file.read_text("utf-8"), file.name)]
    assert sorted(parsed, key=lambda rule: rule.id) == sorted(RULES, key=lambda rule: rule.id)


def test_the_gate_misses_nothing_that_the_patterns_match() -> None:
    """Hyperscan's answer decides which pattern is tried at all, so it has to see every match."""
    buffer, contents = bytearray(b"\n"), []
    for rule in WITH_PATTERN:
        for number, text in enumerate(rule.examples):
            for pad in ("", "x = 1;\n" * 30):
                start = len(buffer)
                buffer += f"{pad}{expand(text, f'{rule.id}{number}')}\n{pad}".encode()
                name = f"{rule.id}/{number}/{len(pad)}"
                contents.append(Content(start, len(buffer), Origin("file"), oid=name))
                buffer += b"\n"
    batch = Batch(memoryview(bytes(buffer)), contents)
    seen = {(match.rule.id, match.content.oid) for match in check().matcher.matches(batch)}
    assert {rule.id for rule in check().matcher.rules} == {rule.id for rule in WITH_PATTERN}
    patterns = {rule.id: regex.compile(rule.pattern.encode()) for rule in WITH_PATTERN}
    missed = [
        (rule.id, content.oid)
        for rule in WITH_PATTERN
        for content in contents
        if content.oid.startswith(f"{rule.id}/")
        and patterns[rule.id].search(batch.buffer, content.start, content.end)
        and (rule.id, content.oid) not in seen
    ]
    assert missed == []


def test_no_rule_file_holds_a_token_of_a_known_form() -> None:
    structured = {rule.id for rule in RULES if rule.priority >= STRUCTURED}
    for file in sorted(rules.built_in().glob("*.toml")):
        data = file.read_bytes()
        content = Content(0, len(data), Origin("file", f"rules/{file.name}"))
        found = check().findings(Batch(memoryview(data + b"\n"), [content]))
        bad = [
            (finding.rule_id, finding.locations[0].line)
            for finding in found
            if finding.severity >= Severity.MEDIUM and finding.rule_id in structured
        ]
        assert bad == [], file.name


@pytest.mark.parametrize("rule", WITH_PATTERN, ids=lambda rule: rule.id)
def test_validators_do_without_each_group_of_the_pattern(rule: Rule) -> None:
    """Most groups are in alternatives, so a match that a stranger's text makes may lack them."""
    judges = [plugins.load(validators, name).check for name in rule.validators]
    pattern = regex.compile(rule.pattern.encode())
    for number, template in enumerate(rule.examples):
        text = expand(template, f"{rule.id}{number}").encode()
        for match in pattern.finditer(text):
            groups = {name: part for name, part in match.groupdict().items() if part is not None}
            around = (text[: match.start()], text[match.end() :])
            for lost in groups:
                kept = Groups((name, part) for name, part in groups.items() if name != lost)
                for judge in judges:
                    assert isinstance(judge(Candidate(rule, match[0], kept, *around)), Verdict)
