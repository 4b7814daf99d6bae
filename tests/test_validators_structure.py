"""Proofs of tokens that carry a checksum, a JSON payload or a number in base64."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from occ_audit.model import Confidence, Rule, Severity
from occ_audit.validators import Candidate, Groups, crc32_hex, json_payload, numbered_payload

FUTURE, PAST = 4_100_000_000, 1_600_000_000


def candidate(**groups: bytes) -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, b"".join(groups.values()), Groups(groups), b"", b"")


def encoded(value: object) -> bytes:
    return base64.b64encode(json.dumps(value).encode())


class TestCrc32Hex:
    def test_zlib_and_the_polynomial_agree(self) -> None:
        """CRC-32 of "123456789" is the check value that its specification gives."""
        assert crc32_hex.checksums(b"123456789") == (b"cbf43926", b"2639f4cb")

    @pytest.mark.parametrize("order", ["big", "little"])
    @pytest.mark.parametrize("upper", [True, False])
    def test_a_fitting_checksum_is_proof(self, order: str, upper: bool) -> None:
        data = b"glsa_" + b"Ab3" * 10
        digits = zlib.crc32(data).to_bytes(4, "big" if order == "big" else "little").hex()
        total = (digits.upper() if upper else digits).encode()
        verdict = crc32_hex.check(candidate(data=data, sum=total))
        assert verdict.keep
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None
        assert "fits" in verdict.reason
        assert verdict.properties["proof"] == verdict.reason

    def test_one_that_does_not_fit_is_only_a_sample(self) -> None:
        verdict = crc32_hex.check(candidate(data=b"glsa_" + b"Ab3" * 10, sum=b"00000000"))
        assert verdict.keep
        assert verdict.severity is Severity.INFO
        assert verdict.confidence is Confidence.POSSIBLE


class TestJsonPayload:
    @pytest.mark.parametrize(
        ("payload", "opens"),
        [
            ({"iat": 1, "url": "https://sentry.io", "org": "lumen"}, "organisation lumen"),
            ({"o": "123456", "n": "ci", "k": "x"}, "organisation 123456"),
            ({"u": "lumen", "a": "x"}, "account lumen"),
        ],
    )
    def test_it_says_what_the_token_opens(self, payload: object, opens: str) -> None:
        verdict = json_payload.check(candidate(payload=encoded(payload)))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None
        assert verdict.properties["opens"] == opens

    def test_padding_may_be_missing_and_the_alphabet_that_of_urls(self) -> None:
        payload = base64.urlsafe_b64encode(b'{"u": "lumen", "a": "\xc3\xbf?>"}').rstrip(b"=")
        assert json_payload.check(candidate(payload=payload)).properties["opens"] == "account lumen"

    def test_an_expired_token_is_low(self) -> None:
        verdict = json_payload.check(candidate(payload=encoded({"e": PAST, "h": "snyk.io"})))
        assert verdict.severity is Severity.LOW
        assert verdict.reason == "its payload says that it expired on 2020-09-13"

    def test_one_that_has_not_expired_says_until_when(self) -> None:
        verdict = json_payload.check(candidate(payload=encoded({"e": FUTURE})))
        assert verdict.severity is None
        assert verdict.properties["expires"] == "2099-12-03"

    @pytest.mark.parametrize("name", ["a\x1b[31mb", "x" * 101, "two words", 5, None, ["x"]])
    def test_a_hostile_owner_is_not_repeated(self, name: object) -> None:
        verdict = json_payload.check(candidate(payload=encoded({"org": name})))
        assert verdict.keep
        assert "opens" not in verdict.properties

    @pytest.mark.parametrize("end", [True, "soon", 1e300, -1e300, None, [1]])
    def test_a_strange_end_is_ignored(self, end: object) -> None:
        verdict = json_payload.check(candidate(payload=encoded({"u": "lumen", "e": end})))
        assert verdict.keep
        assert verdict.properties["opens"] == "account lumen"

    @pytest.mark.parametrize("payload", [b"eyJub3QganNvbg", b"e", b"WzFd", b"", b"bm8="])
    def test_what_is_no_json_object_is_merely_possible(self, payload: bytes) -> None:
        verdict = json_payload.check(candidate(payload=payload))
        assert verdict.keep
        assert verdict.severity is Severity.MEDIUM
        assert verdict.confidence is Confidence.POSSIBLE


class TestNumberedPayload:
    @pytest.mark.parametrize("digits", [b"123456789012345678", b"1098765432109876543"])
    def test_a_number_is_proof(self, digits: bytes) -> None:
        payload = base64.b64encode(digits).rstrip(b"=")
        verdict = numbered_payload.check(candidate(payload=payload, rest=b".x.y"))
        assert verdict.keep
        assert verdict.confidence is Confidence.CERTAIN

    def test_so_is_a_number_before_random_bytes(self) -> None:
        payload = base64.b64encode(b"123456789012:" + bytes(range(120, 140)))
        assert numbered_payload.check(candidate(payload=payload)).keep

    @pytest.mark.parametrize(
        "decoded",
        [b"hello, world", b"12345", b"123456789012:this is plain text", b"123456789012:\xff", b""],
    )
    def test_anything_else_is_dropped(self, decoded: bytes) -> None:
        verdict = numbered_payload.check(candidate(payload=base64.b64encode(decoded)))
        assert not verdict.keep
        assert verdict.reason == "its first part is no number in base64"

    def test_what_is_no_base64_is_dropped(self) -> None:
        assert not numbered_payload.check(candidate(payload=b"!!!")).keep
