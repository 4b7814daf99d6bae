"""Drops what stands in for a secret: fillers, masks, sequences, sample words, empty values."""

from __future__ import annotations

import functools
import itertools
import re

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._shape import is_random, wordiness

DEFAULTS = frozenset(
    b"password passwd passphrase pass pw pwd secret token key apikey api_key credential "
    b"credentials postgres postgresql mysql mariadb redis mongo mongodb rabbitmq example "
    b"sample demo dev changeme change_me change-me changeit admin administrator root guest "
    b"test tests testing tester user username mypassword mysecret mytoken secretpassword "
    b"hunter2 s3cr3t p@ssw0rd p4ssw0rd passw0rd password1 foo bar baz foobar qux dummy todo "
    b"fixme tbd none null nil "
    b"undefined empty default value string invalid unknown unset n/a na true false yes no on "
    b"off required optional letmein qwerty secretkey secret_key secret-key mysecretkey "
    b"supersecret super-secret super_secret topsecret correct incorrect wrong something "
    b"anything whatever abc xyz asdf function object x-oauth-basic x-token-auth "
    b"x-access-token anonymous anonymous@".split()
)
"""Values that only stand for a secret, or that everybody tries first."""

_MASKS = frozenset(
    b"sops redacted removed masked hidden omitted filtered censored scrubbed stripped truncated "
    b"obfuscated".split()
)
"""Words that stand where a secret was."""

_FILLERS = frozenset(
    b"your yours placeholder changeme change replace insert dummy redacted removed masked example "
    b"paste todo tbd fake sample enter foobar mock some goes xxxx".split()
)
_LAST = frozenset(b"here goes placeholder example sample".split())
_MARK = re.compile(
    rb"EXAMPLE|PLACEHOLDER|REDACTED|REPLACE|YOUR[-_ ]?[A-Z]|\.\.(?:\W|$)|\xe2\x80\xa6|"
    rb"\*{4}|JBSWY3DPEHPK3PX|(?i:change[-_ ]?(?:me|this|it)|fill[-_ ]?(?:me|this|in))|"
    rb"\xe2\x80\xa2|(?i:your[-_ ]?(?:own|pass|secret|token|api|access|key|client|app|db|user|auth))"
)
_KINDS = rb"secret|password|passwd|passphrase|pass|pwd|token|key|api[-_ ]?key|auth|credential"
_MY = re.compile(
    rb"(?i)(?:(?:my|our|the|a|an|some|any|new|old|test|testing|fake|mock|dummy|stub|bad|good|wrong|"
    rb"invalid|valid|default|sample|super|real|another|other|random|first|second|jwt|api|access|"
    rb"auth|refresh|session|user|client|app|bearer|login|private|e2e|git|secure|strong|runner|job|"
    rb"build|deploy|project|group)"
    rb"[-_ ]?){0,3}(?:" + _KINDS + rb")s?(?:[-_ ]?(?:" + _KINDS + rb"|value|new|old|here|\d{1,2}))?"
)
_COUNTED = re.compile(
    rb"(?i)[-_.:/](?:abc|abcdef?|xyz|123|1234|12345|123456|abc-?123|123-?abc|0+\d?)\Z"
)
_ZEROS = re.compile(rb"0{6}|[xX]{6}")
_PUNCTUATION = re.compile(rb"[^0-9A-Za-z]+")
_WORD = re.compile(rb"[a-z]+")
_HIGH_FOR_SEQUENCE = 0.72


def check(candidate: Candidate) -> Verdict:
    """Drop a candidate whose secret only stands in for one."""
    why = reason(candidate.secret)
    return Verdict(keep=not why, reason=why or "the value is no known placeholder")


@functools.lru_cache(maxsize=8192)
def reason(value: bytes) -> str:
    """Return why a value is a placeholder, or an empty text."""
    bare = value.strip(b" \t\"'`()[]*,;:!?")
    if not bare or _PUNCTUATION.fullmatch(bare):
        return "the value is empty or a row of punctuation"
    if bare.lower() in _MASKS or (bare.isupper() and bare.lower() in DEFAULTS):
        return "the value says itself that it is a placeholder"
    if bare.lower().strip(b"_") in DEFAULTS or _MY.fullmatch(bare):
        return "the value is a usual stand-in for a secret"
    if _MARK.search(bare) or _says_so(bare):
        return "the value says itself that it is a placeholder"
    if _repeats(bare) or (_ZEROS.search(bare) and not is_random(_ZEROS.sub(b"", bare))):
        return "the value repeats one character"
    if is_sequence(bare) or _is_counted(bare):
        return "the value is a run of the alphabet, the digits or the keyboard"
    return ""


def is_mask(value: bytes) -> bool:
    """Return whether a value says that the secret was left out, so that nobody logs in with it."""
    return not value.strip(b"xX*.#_- \xe2\x80\xa6\xa2") or reason(value).startswith(
        "the value says"
    )


def _says_so(value: bytes) -> bool:
    lower = value.lower()
    if lower.startswith((b"your", b"insert", b"replace", b"example")) and not is_random(value):
        return True
    words = _WORD.findall(lower)
    if not words or not (_FILLERS.intersection(words) or words[-1] in _LAST):
        return False
    return wordiness(value) >= 0.5 or not is_random(value)


def _is_counted(value: bytes) -> bool:
    """Return whether a kind of secret, or a token's prefix, is followed by abc123 or the like."""
    head = _COUNTED.sub(b"", value)
    if head == value:
        return False
    if head.isalpha() and not _MY.fullmatch(head):
        return len(head) < 12 and b"abc" in value[len(head) :].lower()
    return len(head) < 8 or bool(_MY.fullmatch(head)) or wordiness(head) > 0.6


def _repeats(value: bytes) -> bool:
    size = len(value)
    lower = value.lower()
    distinct = len(set(lower))
    # No character can make up half of a value that has many different ones.
    if size < 3 or 2 * (size - distinct + 1) < size:
        return False
    code = max(dict.fromkeys(lower), key=lower.count)
    most = lower.count(code)
    filler = code in b"x0*#.-_"
    return most / size >= (0.5 if filler else 0.7) and (filler or size >= 4)


def is_sequence(value: bytes) -> bool:
    """Return whether neighbouring characters follow each other, as in 1234abcd or a1b2c3d4."""
    if len(value) < 5:
        return False
    lower = value.lower()
    return (
        _steps(lower)
        or (len(value) >= 8 and _steps(lower[::2]) and _steps(lower[1::2]))
        or _on_keyboard(lower)
    )


def _steps(value: bytes) -> bool:
    size = len(value) - 1
    near = size
    for pair in itertools.pairwise(value):
        if pair[1] - pair[0] not in (0, 1) and pair not in _WRAPS:
            near -= 1
            if near < _HIGH_FOR_SEQUENCE * size:
                return False
    return True


_WRAPS = {(ord("9"), ord("0")), (ord("0"), ord("a")), (ord("9"), ord("a")), (ord("f"), ord("0"))}
_ROWS = b"qwertyuiop\0asdfghjkl\0zxcvbnm\0001234567890\0000987654321"


def _on_keyboard(value: bytes) -> bool:
    return value in _ROWS
