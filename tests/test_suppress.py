"""Suppression: one comment covers one secret, entries end, and what is unused is said."""

from __future__ import annotations

import time
import tomllib
from datetime import date
from pathlib import Path

import pytest

from occ_audit import suppress
from occ_audit.baseline import Baseline, write
from occ_audit.config import parse
from occ_audit.markers import Found, Marker, complaints, inline, markers
from occ_audit.model import Finding, Location, Origin, Severity, Suppression
from occ_audit.secret import Secret
from occ_audit.settings import Allow, Config
from occ_audit.suppress import Suppressor

TODAY = date(2026, 5, 1)
# Written in two parts, so that a scan of this file does not take them for real ones.
ALLOW = b"occ-audit: " + b"allow"
A, B, C = "a" * 32, "b" * 32, "c" * 32


def covered(line: bytes, *found: Found, previous: bytes = b"") -> list[bool]:
    return [row is not None for row in inline(line, previous, found, TODAY)]


def test_our_own_marker_is_read() -> None:
    line = (
        b"x = 1  # "
        + ALLOW
        + b"[dsn-url, jwt@0123abcd] made for tests owner=ops expires=2030-01-31"
    )
    (marker,) = markers(line)
    assert marker == Marker(
        "occ-audit",
        9,
        (("dsn-url", ""), ("jwt", "0123abcd")),
        reason="made for tests",
        owner="ops",
        expires="2030-01-31",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<!-- ", b" -->"),
        (b"/* ", b" */ int x;"),
        (b"{# ", b" #}"),
        (b"-- ", b""),
        (b"(* ", b" *)"),
        (b"| `<!-- ", b" -->` |"),
        (b'"// ', b'",\r'),
    ],
)
def test_the_end_of_a_comment_is_no_part_of_the_reason(before: bytes, after: bytes) -> None:
    (marker,) = markers(before + ALLOW + b"[jwt] known sample" + after)
    assert (marker.reason, marker.problem) == ("known sample", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b" because", "it names no rule"),
        (b"", "it names no rule"),
        (b"[jwt", "it names no rule"),
        (b"[]", "'' is no rule id"),
        (b"[*]", "'*' is no rule id"),
        (b"[JWT]", "'JWT' is no rule id"),
        (b"[jwt@12]", "'jwt@12' is no rule id"),
        (b"[jwt] expires=tomorrow", "'tomorrow' is no date"),
        (b"[jwt] expires=", "'' is no date"),
        (b"[jwt] expires=2026-02-30", "'2026-02-30' is no date"),
    ],
)
def test_a_malformed_marker_covers_nothing_and_says_why(text: bytes, problem: str) -> None:
    line = b"key  # " + ALLOW + text
    (marker,) = markers(line)
    assert problem in marker.problem
    assert covered(line, ("jwt", 0, A)) == [False]
    (complaint,) = complaints(line, b"", [("jwt", 0, A)], TODAY)
    assert complaint.rule_id == "suppression-invalid"
    assert problem in complaint.message


@pytest.mark.parametrize(
    "text",
    [
        b"gitleaks" + b":allow",
        b"betterleaks" + b":allow",
        b"pragma: " + b"allowlist secret",
        b"pragma: " + b"whitelist secret",
        b"pragma:" + b"allowlist secret",
        b"kingfisher" + b":ignore",
        b"trufflehog" + b":ignore",
        b"gg" + b"ignore",
        b"secretlint-" + b"disable-line @secretlint/secretlint-rule-github",
    ],
)
def test_other_tools_markers_cover_one_secret_whatever_its_rule(text: bytes) -> None:
    line = b"key = value  # " + text
    (suppression,) = inline(line, b"", [("jwt", 6, A)], TODAY)
    assert suppression is not None
    assert suppression.kind == "inline"
    assert suppression.reason.encode() in line
    assert covered(b"x" + text[:4] + b"-" + text, ("jwt", 0, A)) == [False]


@pytest.mark.parametrize(
    "text", [b"pragma: " + b"allowlist nextline secret", b"secretlint-" + b"disable-next-line"]
)
def test_markers_for_the_next_line(text: bytes) -> None:
    assert covered(b"key = value", ("jwt", 6, A), previous=b"# " + text) == [True]
    assert covered(b"key = value # " + text, ("jwt", 6, A)) == [False]
    assert covered(b"k", ("jwt", 6, A), previous=b"# " + text.replace(b"next", b"")) == [False]


def test_our_own_marker_for_the_next_line() -> None:
    above = b"# " + ALLOW + b"-next[jwt] sample"
    assert covered(b"key = value", ("jwt", 6, A), previous=above) == [True]
    assert covered(above, ("jwt", 6, A)) == [False]
    assert covered(b"key", ("jwt", 6, A), previous=b"# " + ALLOW + b"[jwt] sample") == [False]


def test_words_that_contain_a_marker_are_none() -> None:
    assert markers(b"logg" + b"ignore my-" + b"gitleaks:allow ggignored gitleaks:allowed") == ()
    assert markers(b"occ-audit: " + b"allowance[jwt]") == ()


def test_only_the_named_rule_is_covered() -> None:
    line = b"key  # " + ALLOW + b"[dsn-url] x"
    assert covered(line, ("jwt", 0, A), ("dsn-url", 0, A)) == [False, True]


def test_a_new_secret_on_the_line_is_never_covered() -> None:
    line = b"one two  # " + ALLOW + b"[jwt] x"
    assert covered(line, ("jwt", 0, A)) == [True]
    assert covered(line, ("jwt", 0, A), ("jwt", 4, B)) == [False, False]
    (complaint,) = complaints(line, b"", [("jwt", 0, A), ("jwt", 4, B)], TODAY)
    assert complaint.rule_id == "suppression-invalid"
    assert "could mean any of 2 secrets" in complaint.message
    assert f"jwt@{A[:8]}, jwt@{B[:8]}" in complaint.next_step


def test_two_markers_cover_two_secrets_but_not_three() -> None:
    line = b"one two  # " + ALLOW + b"[jwt] first " + ALLOW + b"[jwt] second"
    first, second = inline(line, b"", [("jwt", 0, A), ("jwt", 4, B)], TODAY)
    assert (first and first.reason, second and second.reason) == ("first", "second")
    assert covered(line, ("jwt", 0, A), ("jwt", 4, B), ("jwt", 8, C)) == [False] * 3


def test_one_secret_twice_on_a_line_is_one_secret() -> None:
    line = b"one one  # " + ALLOW + b"[jwt, dsn-url] x"
    assert covered(line, ("jwt", 0, A), ("jwt", 4, A), ("dsn-url", 0, A)) == [True] * 3


def test_a_bound_marker_covers_only_its_secret() -> None:
    line = b"one two  # " + ALLOW + b"[jwt@bbbbbbbb] x"
    assert covered(line, ("jwt", 0, A), ("jwt", 4, B)) == [False, True]
    assert covered(line, ("jwt", 0, A)) == [False]
    both = line + b" " + ALLOW + b"[jwt] y"
    assert covered(both, ("jwt", 0, A), ("jwt", 4, B)) == [True, True]


def test_another_tools_marker_covers_the_nearest_secret_before_it() -> None:
    mark = b"gitleaks" + b":allow"
    line = b"one two # " + mark + b" three"
    assert covered(line, ("jwt", 0, A), ("jwt", 4, B), ("jwt", 26, C)) == [False, True, False]
    assert covered(b"/* " + mark + b" */ k", ("jwt", 25, A)) == [True]
    twice = line + b" " + mark
    assert covered(twice, ("jwt", 0, A), ("jwt", 4, B)) == [True, True]
    assert covered(line + b" gg" + b"ignore", ("jwt", 0, A), ("jwt", 4, B)) == [False, True]


def test_another_tools_marker_does_not_cover_evidence() -> None:
    line = b"see `docs/a.md` # gitleaks" + b":allow"
    assert covered(line, ("evidence-missing", 5, "")) == [False]
    own = b"see `a.md`, `b.md` <!-- " + ALLOW + b"[evidence-missing] later -->"
    assert covered(own, ("evidence-missing", 5, "")) == [True]
    assert covered(own, ("evidence-missing", 5, ""), ("evidence-missing", 13, "")) == [False, False]


def test_an_expired_marker_suppresses_nothing_and_is_reported() -> None:
    line = b"key  # " + ALLOW + b"[jwt] x expires=%s"
    assert covered(line % b"2026-05-01", ("jwt", 0, A)) == [True]
    assert covered(line % b"2026-04-30", ("jwt", 0, A)) == [False]
    (complaint,) = complaints(line % b"2026-04-30", b"", [("jwt", 0, A)], TODAY)
    assert (complaint.rule_id, complaint.message) == (
        "suppression-expired",
        "a comment expired on 2026-04-30",
    )


def test_an_unused_marker_is_reported() -> None:
    line = b"key  # " + ALLOW + b"[jwt] x"
    (complaint,) = complaints(line, b"", [], TODAY)
    assert complaint.rule_id == "suppression-unused"
    assert "accepts jwt, which is not found there" in complaint.message
    assert list(complaints(line, b"", [("jwt", 0, A)], TODAY)) == []
    assert list(complaints(b"# gitleaks" + b":allow", b"", [], TODAY)) == []


def test_a_very_long_line_takes_no_long_time() -> None:
    line = (b"pragma: occ-audit:" + b" " * 20) * 100_000 + ALLOW + b"[" + b"a-" * 1_000_000
    began = time.process_time()
    assert covered(line, ("jwt", 0, A)) == [False]
    assert time.process_time() - began < 30


# --- configuration and baseline ---------------------------------------------------------------


def finding(
    *paths: str,
    rule: str = "jwt",
    value: bytes = b"a weak one",
    fingerprint: str = "",
    suppression: Suppression | None = None,
) -> Finding:
    places = tuple(
        Location("", 0, 1, 1, 1, 1, 2, "", (Origin("file", path),) if path else ())
        for path in paths
    )
    return Finding(
        rule,
        Severity.HIGH,
        "a token",
        places,
        Secret(value),
        fingerprint=fingerprint or f"{rule}:1",
        suppression=suppression,
    )


def by_config(config: Config, found: Finding) -> Suppression | None:
    return Suppressor(config, None, TODAY).apply(found).suppression


def test_all_conditions_of_an_entry_must_hold() -> None:
    config = Config(allow=(Allow("jwt", "tests/**", "jwt:1", "why", "who", "2026-05-01"),))
    assert by_config(config, finding("tests/a")) == Suppression(
        "config", "why", "who", "2026-05-01"
    )
    assert by_config(config, finding("src/a")) is None
    assert by_config(config, finding("tests/a", rule="pem", fingerprint="jwt:1")) is None
    assert by_config(config, finding("tests/a", fingerprint="jwt:2")) is None


def test_a_path_must_match_everywhere() -> None:
    config = Config(allow=(Allow(path="tests/**", reason="t"), Allow(path="docs/**", reason="d")))
    assert by_config(config, finding("tests/a", "tests/b"))
    assert by_config(config, finding("tests/a", "docs/b"))
    assert by_config(config, finding("tests/a", "src/b")) is None
    assert by_config(config, finding("tests/a", "")) is None
    assert by_config(config, finding()) is None


def test_an_expired_entry_suppresses_nothing() -> None:
    assert by_config(Config(allow=(Allow("jwt", expires="2026-04-30"),)), finding("a")) is None


def test_what_a_comment_covers_stays_so() -> None:
    inline_ = Suppression("inline", "x")
    assert by_config(Config(allow=(Allow("jwt"),)), finding("a", suppression=inline_)) == inline_


def test_expired_and_unused_entries_are_findings_that_say_where(tmp_path: Path) -> None:
    text = (
        '[[allow]]\nrule = "jwt"\n[[allow]]\npath = "old/**"\nrule = "pem"\n'
        '[[allow]]\nfingerprint = "jwt:9"\nexpires = "2026-04-30"\n'
    )
    config = parse(text, str(tmp_path / ".occ-audit.toml"))
    suppressor = Suppressor(config, None, TODAY, root=tmp_path)
    assert suppressor.apply(finding("a")).suppression
    unused, expired = suppressor.problems(complete=True)
    assert (unused.rule_id, unused.severity) == ("suppression-unused", Severity.LOW)
    assert unused.message == "the [[allow]] entry for rule 'pem', path 'old/**' suppresses nothing"
    assert (unused.locations[0].origins[0].path, unused.locations[0].line) == (".occ-audit.toml", 3)
    assert (expired.rule_id, expired.severity) == ("suppression-expired", Severity.MEDIUM)
    assert expired.message == "the [[allow]] entry for fingerprint 'jwt:9' expired on 2026-04-30"
    assert expired.locations[0].line == 6
    assert [row.rule_id for row in suppressor.problems(complete=False)] == ["suppression-expired"]


def test_problems_obey_the_configuration() -> None:
    text = (
        'disable = ["suppression-unused"]\n[severity]\nsuppression-expired = "info"\n'
        '[[allow]]\nrule = "a"\nexpires = 2026-01-01\n[[allow]]\nrule = "b"\n'
    )
    (problem,) = Suppressor(parse(text, "x"), None, TODAY).problems(complete=True)
    assert (problem.rule_id, problem.severity) == ("suppression-expired", Severity.INFO)


def test_baseline_entries_suppress_expire_and_go_unused(tmp_path: Path) -> None:
    note = Suppression("baseline", "known", "ops", "2026-05-01")
    file = tmp_path / "b.jsonl"
    old, gone = finding("a", value=b"old"), finding("b", value=b"gone")
    baseline = write(file, [old, gone], None, note=note)
    suppressor = Suppressor(Config(), baseline, TODAY, root=tmp_path)
    assert suppressor.apply(old).suppression == note
    assert suppressor.apply(finding("a", value=b"new")).suppression is None
    (unused,) = suppressor.problems(complete=True)
    assert unused.message == "the baseline entry for 'jwt', 'a token (b)', suppresses nothing"
    assert unused.locations[0].origins[0].path == "b.jsonl"
    line = file.read_text().splitlines()[unused.locations[0].line - 1]
    assert "a token (b)" in line

    later = Suppressor(Config(), Baseline.read(file), date(2026, 5, 2))
    assert later.apply(old).suppression is None
    assert {row.rule_id for row in later.problems(complete=True)} == {"suppression-expired"}


def test_a_baseline_of_the_history_is_judged_by_the_history(tmp_path: Path) -> None:
    baseline = write(tmp_path / "b", [finding("a")], None, history=True)
    suppressor = Suppressor(Config(), baseline, TODAY)
    assert list(suppressor.problems(complete=True)) == []
    assert len(list(suppressor.problems(complete=True, history=True))) == 1


def test_the_rules_say_the_severities_that_are_used() -> None:
    file = Path(__file__).parent.parent / "rules" / "suppressions.toml"
    rules = tomllib.loads(file.read_text(encoding="utf-8"))["rule"]
    assert {row["id"]: row["severity"] for row in rules} == {
        rule: severity.label for rule, severity in suppress.SEVERITIES.items()
    }
