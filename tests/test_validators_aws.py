"""AWS key ids and Bedrock keys: what stands in them, and that one secret is one finding."""

from __future__ import annotations

import base64

import pytest

from occ_audit.model import Batch, Confidence, Content, Finding, Origin, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import Candidate, Groups, aws_account, bedrock_key
from tests.detection import check

ACCOUNT = 123_456_789_012


def candidate(secret: str, **groups: bytes) -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, secret.encode(), Groups(groups), b"", b"")


def key_id(account: int, prefix: str = "AKIA") -> str:
    """Write an account into a key id: bit 0 set, 40 bits of account, the rest free."""
    number = (1 << 47 | account << 7 | 0x55) << 32 | 0x1234_5678
    return prefix + base64.b32encode(number.to_bytes(10, "big")).decode()


class TestAccount:
    @pytest.mark.parametrize("account", [1, ACCOUNT, 999_999_999_999])
    def test_it_is_read_from_the_id(self, account: int) -> None:
        verdict = aws_account.check(candidate(key_id(account)))
        assert verdict.properties["opens"] == f"AWS account {account:012}"

    def test_the_published_sample(self) -> None:
        assert aws_account.account(b"ASIA" + b"QNZGKIQY" + b"56JQ7WML") == "029608264753"

    def test_beside_a_secret_the_group_is_read(self) -> None:
        verdict = aws_account.check(candidate("x" * 40, id=key_id(ACCOUNT).encode()))
        assert verdict.properties["opens"] == f"AWS account {ACCOUNT}"

    def test_ids_from_before_2019_name_none(self) -> None:
        verdict = aws_account.check(candidate("AKIAI" + "A2" * 7 + "B"))
        assert verdict.keep
        assert "before 2019" in verdict.reason
        assert not verdict.properties

    def test_a_number_that_is_no_account_was_made_up(self) -> None:
        verdict = aws_account.check(candidate(key_id((1 << 40) - 1)))
        assert verdict.confidence is Confidence.POSSIBLE


class TestBedrock:
    def test_a_long_term_key_names_the_account(self) -> None:
        text = f"BedrockAPIKey-ab12-at-{ACCOUNT}:{'s3cr' * 20}"
        secret = "ABSK" + base64.b64encode(text.encode()).decode()
        verdict = bedrock_key.check(candidate(secret))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["opens"] == f"AWS account {ACCOUNT}"

    @pytest.mark.parametrize(("year", "severity"), [(2020, Severity.LOW), (2098, None)])
    def test_a_short_term_key_ends(self, year: int, severity: Severity | None) -> None:
        query = (
            f"bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential={key_id(ACCOUNT)}"
            f"%2F{year}0102%2Fus-east-1&X-Amz-Date={year}0102T000000Z&X-Amz-Expires=43200"
        )
        secret = "bedrock-api-key-" + base64.b64encode(query.encode()).decode()
        verdict = bedrock_key.check(candidate(secret))
        assert verdict.severity is severity
        assert verdict.properties["expires"] == f"{year}-01-02"
        assert verdict.properties["opens"] == f"AWS account {ACCOUNT}"

    @pytest.mark.parametrize("head", ["ABSK", "bedrock-api-key-"])
    def test_what_does_not_decode_is_only_possible(self, head: str) -> None:
        verdict = bedrock_key.check(candidate(head + expand("{base64:120}", "seed")))
        assert verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE


def findings(text: str) -> list[Finding]:
    data = f"\n{text}\n".encode()
    content = Content(1, len(data) - 1, Origin("file", "deploy.env"))
    return list(check().findings(Batch(memoryview(data), [content])))


class TestDetection:
    def test_a_pair_is_an_id_and_a_secret_of_its_account(self) -> None:
        secret = expand("{base64:40}", "pair")
        text = f"AWS_ACCESS_KEY_ID={key_id(ACCOUNT)}\nAWS_SECRET_ACCESS_KEY={secret}"
        [pair] = findings(text)
        assert pair.rule_id == "aws-access-key-pair"
        assert pair.severity is Severity.CRITICAL
        assert pair.properties["opens"] == f"AWS account {ACCOUNT}"
        assert pair.locations[0].line == 2

    def test_in_escaped_text_too(self) -> None:
        text = f'"run: |\\n{key_id(ACCOUNT)}\\n"'
        assert [one.rule_id for one in findings(text)] == ["aws-access-key-id"]

    def test_the_vendors_sample_is_none(self) -> None:
        text = f"aws_access_key_id = AKIAIOSF{'ODNN7'}EXAMPLE"
        assert findings(text) == []
