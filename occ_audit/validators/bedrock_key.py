"""Proof by structure: a Bedrock API key is a named secret or a presigned URL, in base64."""

from __future__ import annotations

import datetime
import re

from occ_audit.validators import Candidate, Verdict, _decode, aws_account
from occ_audit.validators._proof import proven, unproven, until

_LONG, _SHORT = b"ABSK", b"bedrock-api-key-"
_NAMED = re.compile(rb"BedrockAPIKey-[\w+=,.@-]{0,40}?(?:at-)?(\d{12})[:\w]")
_CREDENTIAL = re.compile(rb"X-Amz-Credential=([A-Z0-9]{20})")
_STARTS = re.compile(rb"X-Amz-Date=(\d{8}T\d{6})Z")
_SECONDS = re.compile(rb"X-Amz-Expires=(\d{1,6})")


def check(candidate: Candidate) -> Verdict:
    """Name the account and, of a short-term key, the end."""
    secret = candidate.secret
    if secret.startswith(_SHORT):
        return _short(_decode.standard(secret[len(_SHORT) :]) or b"")
    text = _decode.standard(secret[len(_LONG) :]) or b""
    if not text.startswith(b"BedrockAPIKey-"):
        return unproven("it does not decode to a Bedrock API key")
    found = _NAMED.match(text)
    opens = {"opens": f"AWS account {found[1].decode()}"} if found else {}
    return proven("it decodes to a Bedrock API key", **opens)


def _short(url: bytes) -> Verdict:
    starts, seconds = _STARTS.search(url), _SECONDS.search(url)
    if not (starts and seconds):
        return unproven("it does not decode to a presigned URL: cut off or made up")
    key_id = _CREDENTIAL.search(url)
    owner = aws_account.account(key_id[1]) if key_id else ""
    opens = {"opens": f"AWS account {owner}"} if owner else {}
    try:
        start = datetime.datetime.strptime(starts[1].decode(), "%Y%m%dT%H%M%S")
    except ValueError:
        return unproven("it decodes to a presigned URL of no date")
    end = start.replace(tzinfo=datetime.UTC).timestamp() + int(seconds[1])
    return until("it decodes to a presigned URL of Bedrock", end, **opens)
