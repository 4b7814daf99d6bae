"""The gate must never cost a match: what `regex` finds alone, the matcher finds as well."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Iterator

import pytest
import regex

from occ_audit.matching.gate import derive
from occ_audit.matching.matcher import Matcher
from occ_audit.model import Batch, Content, Origin, Rule, Severity
from occ_audit.templates import expand
from tests.detection import check


def rule(pattern: str, name: str = "r") -> Rule:
    return Rule(name, name, Severity.HIGH, "", pattern=pattern)


def batch(*texts: bytes) -> Batch:
    contents, start = [], 0
    for number, text in enumerate(texts):
        contents.append(Content(start, start + len(text), Origin("file", f"{number}.txt")))
        start += len(text) + 1
    return Batch(memoryview(b"\n".join(texts) + b"\n"), contents)


def found(patterns: Iterable[str], data: Batch) -> list[tuple[str, str, bytes]]:
    rules = [rule(pattern, f"r{number}") for number, pattern in enumerate(patterns)]
    return sorted(
        (m.rule.id, m.content.origin.path, bytes(data.buffer[m.secret_start : m.secret_end]))
        for m in Matcher(rules).matches(data)
    )


def plainly_found(patterns: Iterable[str], data: Batch) -> Iterator[tuple[str, str, bytes]]:
    for number, pattern in enumerate(patterns):
        for content in data.contents:
            text = bytes(data.buffer[content.start : content.end])
            for match in regex.compile(pattern.encode()).finditer(text):
                groups = match.groupdict()
                secret = match["secret"] if groups.get("secret") is not None else match[0]
                yield f"r{number}", content.origin.path, secret


PATTERNS = [
    r"(?<![A-Za-z0-9_])(?P<secret>ab_[0-9a-f]{8})(?![0-9A-Za-z])",
    r"(?i)(?:pass|pwd)[\"'\s]{0,3}[:=]\s{0,3}(?P<secret>[^\s\"']{4,40})",
    r"x{3,9}y?",
    r"(?:ab|cd_){2}(?P<secret>[a-f]{2,30})z{0,3}",
    r"-{3}BEGIN KEY-{3}(?P<secret>[a-z\s]{8,4000}?)-{3}END",
    r"(?P<secret>k[a-z]{0,5}(?:=|:)[0-9]+)",
    r"(?m)^a\b.{0,20}b$",
    r"(?P<secret>[a-z0-9-]+(?:\.[a-z]{1,9})*)\.host\.example",
    r"user(?:.|\n){0,40}?pin=(?P<secret>[0-9]{1,4})",
]


@pytest.mark.parametrize("seed", range(20))
def test_the_gate_costs_no_match(seed: int) -> None:
    dice = random.Random(seed)
    words = [
        "ab_",
        "0a1b2c3d",
        "pass",
        "PWD",
        " = ",
        ":",
        "xxxx",
        "y",
        "cd_",
        "fafafa",
        "zz",
        "\n",
        "---BEGIN KEY---",
        "lorem ipsum ",
        "---END",
        "k=12",
        "kab:7",
        "a ",
        "b\n",
        '"',
        "q" * 50,
        "acme.",
        ".host.example",
        "user",
        " pin=12",
    ]
    texts = ["".join(dice.choices(words, k=dice.randint(0, 200))).encode() for _ in range(6)]
    data = batch(*texts)
    assert found(PATTERNS, data) == sorted(plainly_found(PATTERNS, data))


@pytest.mark.parametrize("seed", range(20))
def test_the_gate_that_sentences_share_costs_no_match(seed: int) -> None:
    dice = random.Random(seed)
    tail = r"(?!\w)[^{}]{0,40}?[ ](?P<secret>[a-z]{0,9}[0-9][a-z0-9]{1,3})(?![a-z0-9])"
    telling = [
        dataclasses.replace(rule(rf"(?<!\w)(?i:{words}){tail}", name), words=words)
        for name, words in (
            ("a", "pass(?:word|code)?s?|pin"),
            ("b", "Schl\\xc3\\xbcssel|mot de passe"),
        )
    ]
    telling[1] = dataclasses.replace(
        telling[1], gate=rf"(?:^|\W)(?i:{telling[1].words})\W[^{{}}]*[0-9]"
    )
    words = ["pass", "PIN", "passwords", "mot de passe", "schl\xfcssel", "is", "a1b2", "7", "x9"]
    words += [" ", " ", " ", "\n", "{", "}", "lorem ipsum " * 9, ": ", "schlüssel"]
    data = batch(*("".join(dice.choices(words, k=150)).encode() for _ in range(6)))
    matcher = Matcher(telling)
    got = [(m.rule.id, m.start, m.end) for m in matcher.matches(data)]
    plain = [
        (one.id, content.start + match.start(), content.start + match.end())
        for one in telling
        for content in data.contents
        for match in regex.compile(one.pattern.encode()).finditer(
            bytes(data.buffer[content.start : content.end])
        )
    ]
    assert got == plain
    assert got


def test_a_word_without_a_digit_behind_it_is_not_looked_at() -> None:
    one = rule(r"(?i:pass)(?!\w)[^\n{}]{0,40}?[ ](?P<secret>[a-z]{0,9}[0-9][a-z0-9]{3})")
    matcher = Matcher([dataclasses.replace(one, words="pass")])
    assert list(matcher.matches(batch(b"pass the salt {7}, passed 77 times\n" * 50))) == []
    assert matcher.callbacks == 0
    assert list(matcher.matches(batch(b"pass the salt 7abc"))) != []


def test_a_match_never_spans_two_contents() -> None:
    data = batch(b"pass =", b"hunter99 pass=inside1")
    assert found([PATTERNS[1]], data) == [("r0", "1.txt", b"inside1")]


def test_a_match_longer_than_the_gate_is_found_whole() -> None:
    body = b"lorem ipsum\n" * 300
    data = batch(b"---BEGIN KEY---" + body + b"---END")
    assert found([PATTERNS[4]], data) == [("r0", "0.txt", body)]


def test_a_gate_that_asks_for_an_end_finds_what_ends_its_content() -> None:
    ended = dataclasses.replace(
        rule(r"key=(?P<secret>[a-z]{4})(?=[|\r\n]|\Z)"), gate=r"key=[a-z]{4}[|\r\n]"
    )
    data = batch(b"key=same|", b"key=last", b"key=abcd\nkey=next")
    matches = Matcher([ended]).matches(data)
    secrets = [bytes(data.buffer[m.secret_start : m.secret_end]) for m in matches]
    assert secrets == [b"same", b"last", b"abcd", b"next"]


def test_an_open_ended_pattern_calls_back_once() -> None:
    matcher = Matcher([rule(r"key=(?P<secret>[a-z]{10,100})")])
    matches = list(matcher.matches(batch(b"key=" + b"a" * 90)))
    assert [m.secret_end - m.secret_start for m in matches] == [90]
    assert matcher.callbacks == 1


def test_a_line_of_ten_megabytes_stays_linear() -> None:
    matcher = Matcher([rule(PATTERNS[1])])
    data = batch(b"pass=" + b"a" * 10_000_000)
    assert len(list(matcher.matches(data))) == 1
    assert matcher.callbacks == 1


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rb"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.host\.example", b"one two three\n"),
        (rb"user(?:.|\n){0,64}?pin=[0-9]{4}", b"user" + b" pin" * 9 + b" pin=12345"),
    ],
)
def test_what_any_text_holds_is_no_gate(pattern: bytes, text: bytes) -> None:
    matcher = Matcher([rule(pattern.decode())])
    list(matcher.matches(batch(text * 50)))
    assert matcher.callbacks <= 50


def test_many_hits_within_reach_of_each_other_stay_linear() -> None:
    matcher = Matcher(
        [rule(r"[a-z0-9-]{1,90}(?:\.[a-z]+)*\.host\.example=(?P<secret>[0-9]{9})(?!\n)")]
    )
    tried: list[int] = []
    confirm = matcher._confirm

    def counted(index, buffer, content, floor, end):  # type: ignore[no-untyped-def]
        tried.append(end - max(floor, end - matcher._gates[index].before))
        return confirm(index, buffer, content, floor, end)

    matcher._confirm = counted  # type: ignore[method-assign]
    text = b"acme.host.example=123456789\n" * 5000
    assert not list(matcher.matches(batch(text)))
    assert len(tried) == 5000
    assert sum(tried) <= len(text)


def test_patterns_that_python_cannot_parse_are_gated_by_hyperscan_alone() -> None:
    pattern = r"(?P<secret>tok_[[:alnum:]]{6,20})"
    assert found([pattern], batch(b"see tok_Abc123 here")) == [("r0", "0.txt", b"tok_Abc123")]


@pytest.mark.parametrize(
    ("pattern", "before", "after"),
    [(rb"ab[0-9]{4}", 6, 6), (rb"(?<!x)ab[0-9]{4,8}", 6, 10), (rb"ab.{0,9}?cd", 13, 13)],
)
def test_the_window_covers_every_match(pattern: bytes, before: int, after: int) -> None:
    gate = derive(pattern)
    assert (gate.before, gate.after) == (before, after)


def test_the_database_of_gates_is_kept_on_disk(tmp_path) -> None:
    first = Matcher([rule(PATTERNS[0])], tmp_path)
    kept = [file.suffix for file in tmp_path.iterdir()]
    again = Matcher([rule(PATTERNS[0])], tmp_path)
    data = batch(b"ab_0a1b2c3d")
    assert sorted(kept) == [".hs", ".json"]
    assert len(list(again.matches(data))) == len(list(first.matches(data))) == 1


def test_a_broken_cache_is_made_anew(tmp_path) -> None:
    Matcher([rule(PATTERNS[0])], tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"not a database")
    assert len(list(Matcher([rule(PATTERNS[0])], tmp_path).matches(batch(b"ab_0a1b2c3d")))) == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_gates_of_the_built_in_rules_cost_no_match(seed: int) -> None:
    matcher = check().matcher
    lines = [
        expand(text, f"{seed}{rule.id}{number}")
        for rule in matcher.rules
        for number, text in enumerate((*rule.examples, *rule.counter_examples))
    ]
    random.Random(seed).shuffle(lines)
    data = batch(*("\n".join(lines[n : n + 60]).encode() for n in range(0, len(lines), 60)))
    got = {
        (m.rule.id, m.content.start, m.start - m.content.start, m.end - m.content.start)
        for m in matcher.matches(data)
    }
    plain = {
        (rule.id, content.start, *match.span())
        for rule in matcher.rules
        for content in data.contents
        for match in regex.compile(rule.pattern.encode()).finditer(
            bytes(data.buffer[content.start : content.end])
        )
    }
    assert got == plain


def test_a_line_of_one_character_calls_no_built_in_rule_back() -> None:
    matcher = check().matcher
    called = {
        code: hits for code in range(256) if (hits := matcher.hits(memoryview(bytes([code]) * 999)))
    }
    assert not called


def test_a_name_that_a_gate_cuts_is_tried_again() -> None:
    """The value of one name is taken for another's name, and the gate ends within the next."""
    pattern = (
        r"(?i)(?P<key>secret|token)\w{0,9}[\"':,]{1,3}(?P<secret>(?<=\")[a-z0-9_]{5,40}(?=\"(?!:)))"
    )
    line = b'"key":"secret123","api_token":"token456"'
    assert found([pattern], batch(line)) == [("r0", "0.txt", b"token456")]
