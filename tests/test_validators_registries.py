"""Tokens of package registries: what decodes, for how long, and what does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

import pytest

from occ_audit.model import Confidence, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import Candidate, Groups, jfrog_reference_token, pypi_macaroon

FUTURE, PAST = 4_100_000_000, 1_600_000_000


def candidate(secret: str) -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, secret.encode(), Groups(), b"", b"")


def field(kind: int, value: bytes) -> bytes:
    size = len(value)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return bytes([kind]) + length + value


def macaroon(caveats: Sequence[object] = (), location: bytes = b"pypi.org") -> str:
    """Build a macaroon of version 2: location and identifier, caveats, signature."""
    data = b"\x02" + field(1, location) + field(2, b"a" * 36) + b"\0"
    for caveat in caveats:
        data += field(2, json.dumps(caveat).encode()) + b"\0"
    data += b"\0" + field(6, bytes(range(100, 132)))
    return "pypi-" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TestPypi:
    def test_the_prefix_is_the_location(self) -> None:
        assert macaroon().startswith("pypi-AgEI" + "cHlwaS5vcmc")
        assert macaroon(location=b"test.pypi.org").startswith("pypi-AgEN" + "dGVzdC5weXBpLm9yZw")

    def test_it_names_issuer_and_projects(self) -> None:
        verdict = pypi_macaroon.check(candidate(macaroon([[1, ["lumen", "shop"]]])))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["issuer"] == "pypi.org"
        assert verdict.properties["projects"] == ["lumen", "shop"]
        assert verdict.severity is None

    def test_the_earliest_end_holds(self) -> None:
        verdict = pypi_macaroon.check(candidate(macaroon([[0, FUTURE, 1], [0, PAST, 1]])))
        assert verdict.severity is Severity.LOW
        assert verdict.properties["expires"] == "2020-09-13"

    def test_a_long_caveat(self) -> None:
        names = [f"project-{number}" for number in range(30)]
        verdict = pypi_macaroon.check(candidate(macaroon([[1, names]])))
        assert verdict.properties["projects"] == names[:8]

    def test_caveats_of_another_kind(self) -> None:
        old = {"version": 1, "permissions": "user"}
        verdict = pypi_macaroon.check(candidate(macaroon([old, [3, "user-id"], "x"])))
        assert verdict.confidence is Confidence.CERTAIN

    @pytest.mark.parametrize("cut", [8, 30, 60])
    def test_a_cut_one_is_only_possible(self, cut: int) -> None:
        verdict = pypi_macaroon.check(candidate(macaroon()[:-cut]))
        assert verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE


class TestJfrog:
    def token(self, end: int) -> str:
        return base64.b64encode(f"reftkn:01:{end:010}:{'aB3' * 9}".encode()).decode()

    def test_zero_is_no_end(self) -> None:
        verdict = jfrog_reference_token.check(candidate(self.token(0)))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None
        assert "expires" not in verdict.properties

    def test_an_end(self) -> None:
        assert jfrog_reference_token.check(candidate(self.token(PAST))).severity is Severity.LOW
        verdict = jfrog_reference_token.check(candidate(self.token(FUTURE)))
        assert verdict.properties["expires"] == "2099-12-03"

    def test_noise(self) -> None:
        secret = expand("cmVmdGtu{alnum:56}", "seed")
        assert jfrog_reference_token.check(candidate(secret)).confidence is Confidence.POSSIBLE
