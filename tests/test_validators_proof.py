"""Proofs: what a format says about itself, computed here a second time, by other means."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping

import pytest

from occ_audit.model import Confidence, Rule, Severity
from occ_audit.templates import expand
from occ_audit.validators import (
    Candidate,
    Groups,
    Verdict,
    fly_macaroon,
    github_checksum,
    google_service_account,
    jwk,
    jwt,
    private_key,
    random_body,
    session_expiry,
    supabase_checksum,
)

REF = "lumenlumenlumenlumen"
FUTURE, PAST = 4_100_000_000, 1_600_000_000


def candidate(
    secret: str,
    *,
    before: str = "",
    after: str = "",
    groups: Mapping[str, bytes] | None = None,
) -> Candidate:
    rule = Rule("some-rule", "Some rule", Severity.HIGH, "Some rule.")
    return Candidate(rule, secret.encode(), Groups(groups or {}), before.encode(), after.encode())


def token(claims: Mapping[str, object], header: Mapping[str, object] | None = None) -> str:
    parts = (header or {"alg": "HS256", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return ".".join((*(part.decode() for part in encoded), "s" * 43))


def base62(number: int) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    powers = [62**place for place in range(5, -1, -1)]
    return "".join(alphabet[number // power % 62] for power in powers)


class TestGithubChecksum:
    @pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "npm_"])
    def test_a_fitting_checksum_is_proof(self, prefix: str) -> None:
        body = "Ab3" * 10
        secret = prefix + body + base62(binascii.crc32(body.encode()))
        verdict = github_checksum.check(candidate(secret))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None
        assert "fits" in str(verdict.properties["proof"])

    def test_the_long_refresh_token(self) -> None:
        assert len(expand("{github:ghr_}", "seed")) == 80
        verdict = github_checksum.check(candidate(expand("{github:ghr_}", "seed")))
        assert verdict.confidence is Confidence.CERTAIN

    def test_another_checksum_is_a_sample(self) -> None:
        secret = expand("{github:ghp_}", "seed")
        verdict = github_checksum.check(
            candidate(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
        )
        assert verdict.keep
        assert verdict.severity is Severity.INFO
        assert "sample" in verdict.reason

    def test_the_checksum_is_padded(self) -> None:
        small = next(n for n in range(100_000) if binascii.crc32(b"%d" % n) < 62**5)
        assert github_checksum.checksum(b"%d" % small)[:1] == b"0"


class TestSupabaseChecksum:
    def key(self, ref: str) -> str:
        head = "sb_secret_" + "aB3_-cD4eF5gH6iJ7kL8mN"
        digest = hashlib.sha256(f"{ref}|{head}".encode()).digest()
        return f"{head}_{base64.urlsafe_b64encode(digest).decode()[:8]}"

    @pytest.mark.parametrize(
        "nearby",
        [
            f"https://{REF}.supabase.co",
            f"postgresql://postgres.{REF}:x@aws-0-eu-west-1.pooler.supabase.com:6543/postgres",
            f"https://supabase.com/dashboard/project/{REF}",
            f'project_id = "{REF}"',
        ],
    )
    def test_it_names_the_project_that_it_opens(self, nearby: str) -> None:
        for place in ({"before": nearby}, {"after": nearby}):
            verdict = supabase_checksum.check(candidate(self.key(REF), **place))
            assert verdict.confidence is Confidence.CERTAIN
            assert verdict.properties["opens"] == f"https://{REF}.supabase.co"

    def test_another_project_nearby_proves_nothing(self) -> None:
        secret = self.key("a" * 20)
        verdict = supabase_checksum.check(candidate(secret, before=f"https://{REF}.supabase.co"))
        assert verdict.keep
        assert verdict.confidence is None
        assert "no project named nearby" in verdict.reason

    def test_self_hosted_keys_need_no_reference(self) -> None:
        verdict = supabase_checksum.check(candidate(self.key("supabase-self-hosted")))
        assert verdict.confidence is Confidence.CERTAIN


class TestJwt:
    def verdict(self, **claims: object) -> Verdict:
        return jwt.check(candidate(token(claims)))

    def test_service_role(self) -> None:
        verdict = self.verdict(iss="supabase", ref=REF, role="service_role", exp=FUTURE)
        assert verdict.severity is Severity.CRITICAL
        assert verdict.properties["opens"] == f"https://{REF}.supabase.co"
        assert verdict.properties["expires"] == "2099-12-03"

    def test_anon_is_public(self) -> None:
        verdict = self.verdict(iss="supabase", ref=REF, role="anon", exp=FUTURE)
        assert verdict.severity is Severity.INFO

    def test_session(self) -> None:
        verdict = self.verdict(role="authenticated", exp=int(time.time()) + 3600)
        assert verdict.severity is Severity.MEDIUM

    def test_expired(self) -> None:
        verdict = self.verdict(role="service_role", exp=PAST)
        assert verdict.severity is Severity.LOW
        assert "2020-09-13" in verdict.reason

    @pytest.mark.parametrize(
        "claims", [{"iss": "supabase-demo", "role": "service_role"}, {"sub": "1234567890"}]
    )
    def test_published_samples_are_dropped(self, claims: dict[str, object]) -> None:
        assert not self.verdict(**claims).keep

    def test_unsigned_is_dropped(self) -> None:
        secret = token({"sub": "u"}, {"alg": "none"})
        assert not jwt.check(candidate(secret)).keep

    def test_no_json_is_merely_possible(self) -> None:
        verdict = jwt.check(candidate("eyJ" + "x" * 30 + ".eyJ" + "y" * 30 + "." + "z" * 43))
        assert verdict.keep
        assert verdict.confidence is Confidence.POSSIBLE

    def test_inside_a_stateless_github_token(self) -> None:
        verdict = jwt.check(candidate("ghs_12345_" + token({"iss": "github", "exp": FUTURE})))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.properties["issuer"] == "github"

    @pytest.mark.parametrize("exp", [10**30, -(10**30), float("inf"), "soon", True, None, []])
    def test_odd_ends_do_no_harm(self, exp: object) -> None:
        assert self.verdict(sub="u", exp=exp).keep

    def test_deep_nesting_does_no_harm(self) -> None:
        deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * 5000).decode().rstrip("=")
        assert jwt.check(candidate(f"{deep}.{deep}.{'s' * 43}")).keep


class TestFlyMacaroon:
    def test_structure_is_proof_and_says_what_it_opens(self) -> None:
        secret = expand(f"{{fly_macaroon:org=7001,until={FUTURE}}}", "seed")
        verdict = fly_macaroon.check(candidate(secret))
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None
        assert verdict.properties["opens"] == "Fly.io organisation 7001"
        assert verdict.properties["expires"] == "2099-12-03"

    def test_expired(self) -> None:
        secret = expand(f"{{fly_macaroon:org=7001,until={PAST}}}", "seed")
        assert fly_macaroon.check(candidate(secret)).severity is Severity.LOW

    def test_a_list_is_one_secret(self) -> None:
        secret = expand(
            "{fly_macaroon:org=7001},{fly_macaroon:location=aaa/v1},fo1_{alnum:43}", "s"
        )
        assert fly_macaroon.check(candidate(secret)).confidence is Confidence.CERTAIN

    def test_cut_off_or_made_up_is_kept_lower(self) -> None:
        whole = expand("{fly_macaroon:org=7001}", "seed")
        for secret in (whole[:90], expand("fm2_{base64:200}", "seed")):
            verdict = fly_macaroon.check(candidate(secret))
            assert verdict.keep
            assert verdict.severity is Severity.MEDIUM

    def test_hostile_structure_ends(self) -> None:
        deep = base64.b64encode(b"\x94" * 3000).decode()
        wide = base64.b64encode(b"\xdd\xff\xff\xff\xff" + b"\x01" * 100).decode()
        for body in (deep, wide):
            assert fly_macaroon.check(candidate(f"fm2_{body}")).severity is Severity.MEDIUM

    def test_oauth_token_alone_has_no_structure(self) -> None:
        assert fly_macaroon.check(candidate(expand("fo1_{alnum:43}", "seed"))) == Verdict()


class TestPrivateKey:
    @pytest.mark.parametrize("kind", ["RSA", "EC", "PKCS8", "OPENSSH"])
    def test_whole_keys_are_certain(self, kind: str) -> None:
        verdict = private_key.check(candidate(expand(f"{{pem:{kind}}}", "seed")))
        assert verdict.keep
        assert verdict.confidence is Confidence.CERTAIN
        assert verdict.severity is None

    def test_all_spellings_are_one_secret(self) -> None:
        forms = [expand(f"{{pem:RSA{style}}}", "seed") for style in ("", ",escaped", ",base64")]
        forms.append(forms[0].replace("\n", "\r\n    "))
        forms.append('"' + forms[0].replace("\n", '\\n" +\n  "') + '"')
        assert len({private_key.check(candidate(form)).identity for form in forms}) == 1

    def test_a_passphrase_lowers(self) -> None:
        head, _, rest = expand("{pem:RSA}", "seed").partition("\n")
        headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00AA11BB22CC33DD\n\n"
        for secret in (f"{head}\n{headers}{rest}", expand("{pem:ENCRYPTED}", "seed")):
            verdict = private_key.check(candidate(secret))
            assert verdict.severity is Severity.MEDIUM
            assert "passphrase" in verdict.reason

    def test_cut_off_is_likely(self) -> None:
        secret = expand("{pem:RSA}", "seed")[:300]
        assert private_key.check(candidate(secret)).confidence is Confidence.LIKELY

    @pytest.mark.parametrize(
        "body",
        [
            "anything",
            "AAAA" * 40,
            "put the whole text of your private key between these two lines and then save it",
            "",
        ],
    )
    def test_what_is_no_key_is_dropped(self, body: str) -> None:
        name = "PRIVATE KEY-----"
        verdict = private_key.check(candidate(f"-----BEGIN {name}\n{body}\n-----END {name}"))
        assert not verdict.keep


class TestGoogleServiceAccount:
    def test_account_and_key_id_are_named(self) -> None:
        text = expand("{google_service_account:}", "seed")
        start = text.index("-----BEGIN")
        end = text.index('"', start)
        verdict = google_service_account.check(
            candidate(text[start:end], before=text[:start], after=text[end:])
        )
        assert verdict.confidence is Confidence.CERTAIN
        assert str(verdict.properties["opens"]).endswith(".iam.gserviceaccount.com")
        assert len(str(verdict.properties["key_id"])) == 40

    def test_base64_of_the_file_is_the_same_secret(self) -> None:
        text = expand("{google_service_account:}", "seed")
        start = text.index("-----BEGIN")
        raw = google_service_account.check(candidate(text[start : text.index('"', start)]))
        encoded = expand("{google_service_account:base64}", "seed")
        verdict = google_service_account.check(candidate(encoded))
        assert verdict.identity == raw.identity
        assert verdict.confidence is Confidence.CERTAIN

    def test_other_base64_is_dropped(self) -> None:
        other = base64.b64encode(b'{"type": "service_account", "note": "no key"}').decode()
        assert not google_service_account.check(candidate(other)).keep


class TestSmallProofs:
    def test_a_cookie_that_expired_is_low(self) -> None:
        verdict = session_expiry.check(candidate("x" * 20, after=f'", "expires": {PAST}.5'))
        assert verdict.severity is Severity.LOW

    @pytest.mark.parametrize("after", ['", "expires": -1', f'", "expires": {FUTURE}', ""])
    def test_other_cookies_keep_their_severity(self, after: str) -> None:
        assert session_expiry.check(candidate("x" * 20, after=after)).severity is None

    def test_a_key_number_needs_its_key(self) -> None:
        assert jwk.check(candidate("d" * 43, before='{"kty": "EC", "d": ')).keep
        assert not jwk.check(candidate("d" * 43, before='{"day": "one", "d": ')).keep


class TestRandomBody:
    @pytest.mark.parametrize(
        "body",
        [
            "0" * 32,
            "deadbeef" * 4,
            "0123456789abcdef" * 2,
            "abcdefghijklmnopqrstuvwx",
            "1234567890" * 4,
            "your-access-token-goes-here",
            "ThisIsNotARealExampleValue",
            "ab" * 16,
        ],
    )
    def test_samples_are_dropped(self, body: str) -> None:
        verdict = random_body.check(candidate("prefix_" + body, groups={"body": body.encode()}))
        assert not verdict.keep
        assert "sample" in verdict.reason

    @pytest.mark.parametrize(
        "template", ["{hex:32}", "{alnum:24}", "{base64url:22}", "{base58:24}"]
    )
    def test_random_bodies_are_kept(self, template: str) -> None:
        kept = [
            random_body.check(candidate(expand(template, f"seed {number}"))).keep
            for number in range(500)
        ]
        assert all(kept)

    def test_long_bodies_are_quick(self) -> None:
        start = time.process_time()
        random_body.check(candidate("0123456789abcdef" * 1000))
        random_body.check(candidate(expand("{alnum:16000}", "seed")))
        assert time.process_time() - start < 30
