"""The secrets check as a pipeline: places, excerpts, overlaps, explanations."""

from __future__ import annotations

import pytest

from occ_audit import rules
from occ_audit.checks.secrets import SecretCheck, path_applies
from occ_audit.model import Batch, Content, Origin, Rule, Severity
from tests.detection import batch, check, findings, told

PASSWORD = "Qv8h2" + "Lp4Rk7" + "mZtX9"
LINE = f"password = '{PASSWORD}'"


def test_line_and_column_count_characters_from_one() -> None:
    [finding] = findings(f"first\r\n\tZürich 🚀 {LINE}\nlast".encode())
    [place] = finding.locations
    assert (place.line, place.column) == (2, 23)
    assert (place.end_line, place.end_column) == (2, 23 + len(PASSWORD))


def test_bytes_that_are_no_text_count_as_one_character_each() -> None:
    [finding] = findings(b"\xff\xfe\xe9 " + LINE.encode())
    assert finding.locations[0].column == 17


def test_offsets_are_those_of_the_content_not_of_the_batch() -> None:
    found = list(check().findings(batch(b"nothing here", LINE.encode(), b"x\n" + LINE.encode())))
    assert [f.locations[0].start for f in found] == [12, 14]
    assert [f.locations[0].origins[0].path for f in found] == ["file1.txt", "file2.txt"]
    assert [f.locations[0].line for f in found] == [1, 2]


def test_many_findings_on_one_long_line_have_the_right_columns() -> None:
    unit = LINE + " ü "
    found = findings((unit * 300).encode())
    assert [f.locations[0].column for f in found] == [13 + n * len(unit) for n in range(300)]


def test_the_excerpt_shows_the_line_and_no_secret() -> None:
    other = "Zk4" + "mQ8xW2v"
    line = f"{'x ' * 200}{LINE}, again {PASSWORD}, token = '{other}' {'y ' * 200}\n{PASSWORD}"
    for finding in findings(line.encode()):
        excerpt = finding.locations[0].excerpt
        assert PASSWORD not in excerpt
        assert other not in excerpt
        assert "password = '****'" in excerpt
        assert excerpt.startswith("…")
        assert excerpt.endswith("…")
        assert len(excerpt) < 200


def test_control_characters_are_escaped() -> None:
    [finding] = findings(f"\x1b[31m\u202e {LINE}".encode())
    assert "\x1b" not in finding.locations[0].excerpt
    assert "\u202e" not in finding.locations[0].excerpt
    assert "\\x1b[31m" in finding.locations[0].excerpt


def test_nothing_of_a_finding_prints_the_secret() -> None:
    [finding] = findings(LINE.encode())
    assert PASSWORD not in repr(finding)
    assert finding.message == "Password assigned to a name in clear"


def test_the_specific_rule_wins_and_one_secret_is_one_finding() -> None:
    rows = told("DATABASE_PASSWORD_URL=postgres://app:{alnum:16}@db.acme.io/app")
    assert [row[0] for row in rows] == ["dsn-url"]


def test_what_a_specific_rule_knows_to_be_a_sample_is_not_reported_by_a_generic_one() -> None:
    specific = _rule("specific", r"acme_(?P<secret>[a-z0-9]{20})", 80, allow=("ab12" * 5,))
    generic = _rule("generic", r"(?P<secret>acme_[a-z0-9]{20})", 20)
    both = SecretCheck([specific, generic])
    known, unknown = b"acme_" + b"ab12" * 5, b"acme_" + b"cd34" * 5
    assert [f.rule_id for f in both.findings(batch(unknown))] == ["specific"]
    assert [f.rule_id for f in both.findings(batch(known))] == ["generic"]
    inside = _rule("inside", r"acme_(?P<secret>[a-z0-9]{8})", 20)
    assert list(SecretCheck([specific, inside]).findings(batch(known))) == []


def test_no_fingerprint_is_taken_for_a_secret() -> None:
    digest = "0d5f1c9b" + "7e2a4f68" + "93bc15d0" + "6ea8f247"
    cited = [f'fingerprint = "{rule.id}:{digest}"' for rule in rules.load()]
    cited += [f"SHOPIFY_TOKEN={rule.id}:{digest}" for rule in rules.load()]
    assert findings("\n\n".join(cited).encode()) == []


@pytest.mark.parametrize("name", ["shopify-admin-token: ", "my-shopify-admin-token:"])
def test_hex_after_any_other_name_is_still_a_secret(name: str) -> None:
    assert findings(f"{name}{'0d5f1c9b' + '7e2a4f68' + '93bc15d0' + '6ea8f247'}\n".encode())


def test_a_locator_inside_a_secret_does_not_hide_it() -> None:
    locator = _rule("locator", r"(?P<secret>[a-z]+\.acme\.io)", 90, severity=Severity.INFO)
    secret = _rule("secret", r"(?P<secret>tok:[a-z.]+:[a-z0-9]+)", 20)
    found = SecretCheck([locator, secret]).findings(batch(b"tok:db.acme.io:abc123"))
    assert {f.rule_id for f in found} == {"locator", "secret"}


def test_explain_gives_every_candidate_and_what_each_check_said() -> None:
    told = list(check().explain(batch(b"password = 'changeme'\n" + LINE.encode())))
    kept = [one for one, _ in told if one.keep]
    dropped = [one for one, place in told if not one.keep and place.line == 1]
    assert [one.match.rule.id for one in kept] == ["assigned-password"]
    assert any("usual stand-in" in reason for one in dropped for reason in one.reasons)
    assert kept[0].reasons[0] == "rule: the pattern of assigned-password matches"


def test_the_reasons_stand_in_the_finding() -> None:
    [finding] = findings(LINE.encode())
    assert "assigned: a random value is assigned to a telling name" in finding.properties["reasons"]


def test_rules_for_paths_apply_where_the_path_is_known() -> None:
    rule = _rule("keys", "x", 50, paths=("config/*.key",))
    assert path_applies(rule, "config/master.key")
    assert path_applies(rule, "backup.zip!config/master.key")
    assert not path_applies(rule, "docs/readme.md")
    assert path_applies(rule, "")


def test_an_empty_batch_and_empty_contents() -> None:
    assert list(check().findings(Batch(memoryview(b""), []))) == []
    empty = Content(1, 1, Origin("file", "empty"))
    assert list(check().findings(Batch(memoryview(b"\n\n"), [empty]))) == []


@pytest.mark.parametrize("vendor", ["dsn", "generic", "prose"])
def test_a_rule_file_has_no_whole_token(vendor: str) -> None:
    data = (rules.built_in() / f"{vendor}.toml").read_bytes()
    found = [f for f in findings(data) if f.severity >= Severity.HIGH]
    assert [f.locations[0].excerpt for f in found] == []


def _rule(
    name: str,
    pattern: str,
    priority: int,
    *,
    severity: Severity = Severity.HIGH,
    allow: tuple[str, ...] = (),
    paths: tuple[str, ...] = (),
    validators: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        id=name,
        name=name,
        severity=severity,
        description="For the test.",
        pattern=pattern,
        priority=priority,
        allow=allow,
        paths=paths,
        validators=validators,
    )


def test_a_line_of_a_password_file_without_its_host_is_judged() -> None:
    found = findings("line: ':5432:orders:app:" + "Qv8h2Lp4" + "Rk7mZt'\n")
    assert [one.rule_id for one in found if one.rule_id.startswith("dsn")] == []
