"""Tokens of code hosts, clouds and vaults: checksums computed by other means, and claims."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

import pytest

from occ_audit.model import Batch, Confidence, Content, Origin, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import (
    Candidate,
    Groups,
    cloudflare_checksum,
    cloudflare_tunnel,
    elastic_api_key,
    gitlab_checksum,
    kubernetes_token,
    onepassword_token,
    turso_token,
)
from tests.detection import check

FUTURE, PAST = 4_100_000_000, 1_600_000_000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def candidate(secret: str) -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, secret.encode(), Groups(), b"", b"")


def base64url(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: Mapping[str, object]) -> str:
    return ".".join((base64url({"alg": "RS256", "kid": "k"}), base64url(claims), "s" * 60))


def base36(number: int) -> str:
    return "".join(DIGITS[number // 36**place % 36] for place in range(6, -1, -1))


class TestGitlab:
    def routable(self, prefix: str, routes: str = "o:1\ng:2s\nu:a") -> str:
        payload = base64url(routes.encode() + b"\n" + bytes(range(150, 166)) + b"\x10")
        head = f"{prefix}{payload}.01.{base36(len(payload))[-2:]}"
        return head + base36(binascii.crc32(head.encode()))

    @pytest.mark.parametrize("prefix", ["glpat-", "glrt-t1_", "gldt-"])
    def test_a_fitting_checksum_is_proof_and_names_the_owner(self, prefix: str) -> None:
        verdict = gitlab_checksum.check(candidate(self.routable(prefix)))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["opens"] == "GitLab organization 1, group 100, user 10"

    def test_another_checksum_is_only_possible(self) -> None:
        secret = self.routable("glpat-")
        verdict = gitlab_checksum.check(
            candidate(secret[:-1] + ("a" if secret[-1] != "a" else "b"))
        )
        assert verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE

    def test_older_tokens_have_none(self) -> None:
        verdict = gitlab_checksum.check(candidate(expand("glpat-{alnum:20}", "seed")))
        assert verdict.keep
        assert verdict.confidence is None


class TestCloudflare:
    def test_a_fitting_checksum_is_proof(self) -> None:
        body = expand("{alnum:40}", "seed")
        secret = f"cfut_{body}{binascii.crc32(body.encode()):08x}"
        assert cloudflare_checksum.check(candidate(secret)).confidence is Confidence.CERTAIN
        other = secret[:-1] + ("0" if secret[-1] != "0" else "1")
        assert cloudflare_checksum.check(candidate(other)).confidence is Confidence.POSSIBLE

    def test_a_tunnel_token_names_its_tunnel(self) -> None:
        secret = base64url({"a": "acc1", "t": "tun2", "s": "c2VjcmV0"})
        verdict = cloudflare_tunnel.check(candidate(secret))
        assert verdict.properties["opens"] == "Cloudflare tunnel tun2 of account acc1"

    def test_other_json_is_none(self) -> None:
        assert not cloudflare_tunnel.check(candidate(base64url({"a": "b", "c": "d"}))).keep


LEGACY = {
    "iss": "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": "shop",
    "kubernetes.io/serviceaccount/service-account.name": "robot",
}
"""Claims of a token that a Secret holds."""


class TestKubernetes:
    def test_a_token_of_a_secret_has_no_end(self) -> None:
        verdict = kubernetes_token.check(candidate(token(LEGACY)))
        assert verdict.properties["opens"] == "Kubernetes service account shop/robot"
        assert verdict.severity is None

    @pytest.mark.parametrize(("end", "severity"), [(PAST, Severity.LOW), (FUTURE, None)])
    def test_a_bound_token_ends(self, end: int, severity: Severity | None) -> None:
        bound = {"namespace": "shop", "serviceaccount": {"name": "robot", "uid": "u"}}
        claims = {"aud": ["https://kubernetes.default.svc"], "exp": end, "kubernetes.io": bound}
        verdict = kubernetes_token.check(candidate(token(claims)))
        assert verdict.properties["opens"] == "Kubernetes service account shop/robot"
        assert verdict.severity is severity

    def test_another_jwt_is_left_to_its_own_rule(self) -> None:
        verdict = kubernetes_token.check(candidate(token({"aud": ["api"], "sub": "u-1"})))
        assert not verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE


class TestTurso:
    @pytest.mark.parametrize(
        ("access", "severity", "may"),
        [("rw", None, "to read and write"), ("ro", Severity.MEDIUM, "to read")],
    )
    def test_access_decides(self, access: str, severity: Severity | None, may: str) -> None:
        verdict = turso_token.check(candidate(token({"a": access, "id": "db"})))
        assert verdict.severity is severity
        assert verdict.properties["may"] == may

    def test_an_expired_one_is_low(self) -> None:
        verdict = turso_token.check(candidate(token({"a": "ro", "exp": PAST})))
        assert verdict.severity is Severity.LOW

    def test_tokens_for_some_tables(self) -> None:
        verdict = turso_token.check(candidate(token({"p": {"rw": {"ns": ["db"]}}})))
        assert verdict.properties["may"] == "some tables"

    def test_another_jwt(self) -> None:
        assert not turso_token.check(candidate(token({"sub": "u-1"}))).keep


class TestOnePassword:
    def test_it_names_the_account(self) -> None:
        claims = {"signInAddress": "lumen.1password.com", "secretKey": "A3-x", "email": "e"}
        verdict = onepassword_token.check(candidate("ops_" + base64url(claims)))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["opens"] == "lumen.1password.com"

    def test_noise_is_only_possible(self) -> None:
        verdict = onepassword_token.check(candidate(expand("ops_eyJ{base64:300}", "seed")))
        assert verdict.confidence is Confidence.POSSIBLE


class TestElastic:
    def test_id_and_secret_of_their_lengths(self) -> None:
        secret = base64.b64encode(b"a" * 20 + b":" + b"B" * 22).decode()
        assert elastic_api_key.check(candidate(secret)).confidence is Confidence.CERTAIN

    @pytest.mark.parametrize("text", [b"a" * 19 + b":" + b"B" * 23, bytes(43)])
    def test_anything_else_is_none(self, text: bytes) -> None:
        assert not elastic_api_key.check(candidate(base64.b64encode(text).decode())).keep


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("lumen-glpat-{alnum:20}", "gitlab-access-token"),
        ('"log": "done\\nhvs.{alnum:24}\\n"', "vault-token"),
        ("(dop_v1_{hex:64})", "digitalocean-token"),
        ("`dckr_pat_{alnum:27}`", "dockerhub-access-token"),
        ("<a>tskey-auth-{alnum:11}CNTRL-{alnum:32}</a>", "tailscale-key"),
        ("redis://x?password=pscale_pw_{alnum:43}", "planetscale-password"),
    ],
)
def test_tokens_are_found_wherever_they_stand(text: str, rule: str) -> None:
    data = f"\n{expand(text, rule)}\n".encode()
    content = Content(1, len(data) - 1, Origin("file", "notes.md"))
    found = check().findings(Batch(memoryview(data), [content]))
    assert [one.rule_id for one in found] == [rule]
