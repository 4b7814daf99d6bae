"""Azure keys: checksums against published vectors, and what a key says about itself."""

from __future__ import annotations

import base64

import pytest

from occ_audit.model import Confidence, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import (
    Candidate,
    Groups,
    Verdict,
    azure_annotated_key,
    azure_checksum,
    azure_client_secret,
    azure_sas,
)
from occ_audit.validators._marvin import marvin32


def candidate(secret: str, *, before: str = "", after: str = "") -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, secret.encode(), Groups(), before.encode(), after.encode())


@pytest.mark.parametrize(
    ("data", "seed", "checksum"),
    [
        (b"abc", "d53cd9cecd0893b7", 0x6BE02A86),
        (b"abcdefghijklmnopqrstuvwxyz", "0ddddeeeeffff000", 0xD34847DC),
        (b"", "004fb61a001bdbcc", 0x302009BC),
        (bytes([175]), "004fb61a001bdbcc", 0x3592E206),
        (bytes([231, 15]), "004fb61a001bdbcc", 0xFDAB5E04),
        (bytes([55, 244, 149]), "004fb61a001bdbcc", 0x6B3C8B90),
    ],
)
def test_marvin_gives_what_its_authors_publish(data: bytes, seed: str, checksum: int) -> None:
    """The vectors stand in microsoft/security-utilities, tests of its Node.js package."""
    assert marvin32(data, bytes.fromhex(seed)) == checksum


class TestServiceKeys:
    def key(self, signature: bytes, seed: bytes) -> str:
        """Build a key of 64 bytes, the last four of them the checksum, as the service does."""
        data = base64.b64decode(b"Qx7z" * 19 + signature)
        return base64.b64encode(data + marvin32(data, seed).to_bytes(4, "little")).decode()

    @pytest.mark.parametrize(
        ("signature", "seed", "opens"),
        [
            (b"+ASt", b"Default0", "Azure Storage account"),
            (b"ACDb", b"MastRO00", "Azure Cosmos DB, to read"),
            (b"+ABa", b"AbAcct00", "Azure Batch account"),
        ],
    )
    def test_a_fitting_checksum_names_the_service(
        self, signature: bytes, seed: bytes, opens: str
    ) -> None:
        key = self.key(signature, seed)
        assert azure_checksum.signature(key.encode()) == signature
        verdict = azure_checksum.check(candidate(key))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["opens"] == opens

    def test_another_checksum_is_only_possible(self) -> None:
        key = self.key(b"+ASt", b"Default0")
        changed = ("R" if key[0] != "R" else "S") + key[1:]
        verdict = azure_checksum.check(candidate(changed))
        assert verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE
        assert "does not fit" in verdict.reason

    def test_a_service_without_a_known_checksum_is_left_alone(self) -> None:
        verdict = azure_checksum.check(candidate(expand("{base64:33}AzCaB{alnum:5}=", "seed")))
        assert verdict.keep
        assert verdict.confidence is None


class TestClientSecret:
    def secret(self) -> str:
        return "zzz8Q~" + "z" * 31 + "blP"

    def test_the_published_sample_fits(self) -> None:
        """It stands in microsoft/security-utilities as an example of a true positive."""
        assert azure_client_secret.check(candidate(self.secret())).confidence is Confidence.CERTAIN

    def test_a_changed_one_does_not(self) -> None:
        verdict = azure_client_secret.check(candidate("y" + self.secret()[1:]))
        assert verdict.confidence is Confidence.POSSIBLE

    def test_the_older_form_has_no_checksum(self) -> None:
        verdict = azure_client_secret.check(candidate(expand("{alnum:3}7Q~{alnum:31}", "seed")))
        assert verdict.keep
        assert verdict.confidence is None


class TestAnnotatedKey:
    def test_service_and_month_are_read(self) -> None:
        key = expand("{alnum:52}JQQJ99BC{alnum:12}AAAAAZDO{alnum:4}", "seed")
        verdict = azure_annotated_key.check(candidate(key))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["opens"] == "Azure DevOps"
        assert verdict.properties["issued"] == "2025-03"

    def test_an_unknown_service_is_still_a_key(self) -> None:
        key = expand("{alnum:52}JQQJ99AL{alnum:16}qqqq{alnum:4}", "seed")
        verdict = azure_annotated_key.check(candidate(key))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["issued"] == "2024-12"
        assert "opens" not in verdict.properties


class TestSharedAccessSignature:
    def verdict(self, before: str, after: str = "") -> Verdict:
        return azure_sas.check(candidate("x" * 43, before=before, after=after))

    def test_the_end_in_the_query_decides(self) -> None:
        url = "see https://lumen.blob.core.windows.net/c?sp=rl&sv=2024-11-04&sr=c&se="
        valid = self.verdict(f"{url}2099-12-31T08%3A00%3A00Z")
        assert valid.severity is None
        assert valid.properties["expires"] == "2099-12-31"
        assert valid.properties["permissions"] == "rl"
        expired = self.verdict(f"{url}2020-01-31")
        assert expired.severity is Severity.LOW
        assert "expired on 2020-01-31" in expired.reason

    def test_fields_behind_the_signature_count(self) -> None:
        verdict = self.verdict(
            "SharedAccessSignature sr=sb%3a%2f%2flumen", "&se=4100000000&skn=send"
        )
        assert verdict.keep
        assert verdict.properties["expires"] == "2099-12-03"

    def test_a_trigger_url_has_no_end(self) -> None:
        verdict = self.verdict("/triggers/manual/paths/invoke?sp=%2Ftriggers&amp;sv=1.0")
        assert verdict.keep
        assert verdict.severity is None
        assert "expires" not in verdict.properties

    @pytest.mark.parametrize("before", ["https://lumen.example/x?user=1", "", "sv=2024-11-04 "])
    def test_any_other_signature_is_none(self, before: str) -> None:
        assert not self.verdict(before).keep

    def test_a_date_that_is_none_is_no_end(self) -> None:
        verdict = self.verdict("?sv=2024-11-04&se=2024-99-99")
        assert verdict.keep
        assert "expires" not in verdict.properties
