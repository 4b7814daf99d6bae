"""Judges the name that a value is assigned to: whether it says that the value is a secret."""

from __future__ import annotations

import re
import string
from typing import NamedTuple

from occ_audit.validators._shape import is_random, parts

_LONGEST_HEAD = 60
_NAME = b"$.-_" + string.ascii_letters.encode() + string.digits.encode()
PASSWORD = re.compile(
    rb"(?i)pass?w?|pwd|pss?wd|pw|psk|kennwort|senha|haslo|contrase|requirepass|masterauth|bindpw|rootpw|redis"
)
"""What begins the telling part of a name for a password."""
_METADATA = frozenset(
    b"url uri urls path paths file files filename dir directory name names id ids type types "
    b"length len size count number num min max limit expiry expires expire expiration expired "
    b"exp ttl age timeout lifetime validity policy policies hint label placeholder title "
    b"description text message msg error errors err field fields input form format pattern "
    b"regex column prefix suffix header headers param params parameter parameters property "
    b"prop env var variable arn version algorithm alg algo reset forgot strength rule rules "
    b"subject template list map provider providers generator generators manager service "
    b"handler factory class endpoint host port user username email enabled required optional "
    b"filter ref reference source location store storage vault selector element el node view "
    b"component screen page route link icon image button dialog modal module model schema "
    b"table index after before attempts retries at date time created updated status state "
    b"flag mode method kind encoding validator validation changed request requested response "
    b"callback event action mgr realm helper helpers renderer reader writer parser builder "
    b"client server option options config budget usage limits position pos offset start end "
    b"begin line lines lang locale encoder encoders hasher hashers rounds address contract based "
    b"exception mtime ctime connector check attribute attributes broker uuid guid magic "
    b"fingerprint thumbprint allowed charset scheme maps iterations parallelism memory cost".split()
)
_GLUED = (b"s", b"key", b"value", b"base", b"hash", b"data", b"str", b"text", b"auth", b"default")
_PUBLIC = frozenset(
    b"public publishable publishableapi pub anon csrf xsrf primary foreign cache partition sort "
    b"composite pubkey idempotency site website widget recaptchasite storefront measurement "
    b"continuation cancellation authenticity antiforgery pagination".split()
)
_LISTING = frozenset(b"next page prev previous".split())
"""What stands right before the token of a list that is read page by page."""
_COUNTED = frozenset(
    b"max min num total prompt completion input output next prev previous page is has use show "
    b"forgot reset ask require requires no hide allow enable disable verify check validate get set "
    b"on handle update change create delete remove find".split()
)
_ASKING = frozenset(
    b"select find get fetch read parse match contains has is lookup look resolve remove delete "
    b"tokenize split expect assert check compare verify".split()
)
"""A call of such a name is given what to look for, not a secret."""
_OPENING = (
    b"api access account admin aes agent app auth client consumer cookie crypto data deploy dev "
    b"device encrypt encryption function gpg hmac host ingest ingestion integration jwt license "
    b"licence live master my pgp prod private read rsa secret secure security server service "
    b"session shared sign signing ssh storage stream subscription sync team test tls user vault "
    b"web webhook write"
).split()
"""What may stand before `key` in one word with it, where the whole names a secret."""
_OTHER_WORD = re.compile(
    rb"(?i)(?:(?:by|com|sur|tres|over|under|out|bi|mini|ask|first|second|third|single|multi|render)_?pass|"
    rb"rspauth|(?:mon|tur|don|hoc|joc|whis|hot)key|"
    rb"no_?pass(?:wd|word)?|websocket-key|sync-?token)\Z"
)
_PUBLIC_WORD = re.compile(rb"(?i)\b(?:public|publishable)[ \t]\Z")
_USER = re.compile(rb"(?i)user(?:name)?(?:_?and_?)?\Z")
_LOWER_WORD = re.compile(rb"[a-z]*\Z")


class Assigned(NamedTuple):
    """What the judgement looks at, cut down to the line so that equal lines are judged once."""

    before: bytes
    key: bytes
    tail: bytes
    sep: bytes
    quoted: bool
    value: bytes
    after: bytes

    @property
    def name(self) -> bytes:
        """The whole name, for example `auth.postgresPassword`."""
        return self.before + self.key + self.tail


def own_name(it: Assigned) -> bytes:
    """Return the name without what else stands before it in the line."""
    near = it.before[-_LONGEST_HEAD:]
    return near[len(near.rstrip(_NAME)) :] + it.key + it.tail


def _head(it: Assigned) -> bytes:
    """Return the name up to its telling part."""
    return own_name(it)[: -len(it.key + it.tail) or None]


def before_name(it: Assigned) -> bytes:
    """Return the line up to the name."""
    return it.before[: len(it.before) - len(_head(it))]


def is_token(it: Assigned) -> bool:
    """Return whether the telling word promises a value drawn at random, not a password."""
    return bool(it.key) and PASSWORD.match(it.key) is None


def otherwise_named(it: Assigned) -> str:
    """Say whether the telling word is only a part of a name for something else."""
    name = own_name(it)
    if _OTHER_WORD.search(name[: len(name) - len(it.tail)]):
        return "the name is another word"
    if it.tail[:1].islower() and it.key[-1:].islower() and not it.tail.startswith(_GLUED):
        return "the name is another word"
    glued = _LOWER_WORD.search(name[: len(name) - len(it.tail) - len(it.key)])
    if it.key == b"key" and glued and glued[0] and not glued[0].endswith(tuple(_OPENING)):
        return "the name is another word"
    tail = parts(it.tail)
    if it.key.lower() == b"pass" and tail and not tail[-1].isdigit() and tail[-1] != b"hash":
        return "the name is another word"
    if it.sep.startswith(b"(") and len(own_name(it)) < 3:
        return "the name is a short one, as in code made small"
    if it.key == b"pass" and it.sep.startswith(b":") and before_name(it).endswith(b"="):
        return "the name is itself a value"
    if _METADATA.intersection(tail) and not (tail[-1] == b"text" and is_random(it.value)):
        return "the name is about a secret, not its value"
    if it.key.lower() == b"hmac" and tail[:1] == [b"sha"]:
        return "the name is that of a signature"
    if it.sep.startswith(b"(") and b"." in it.tail:
        return "the name is a method of the secret"
    return _named_public(it, name)


def _named_public(it: Assigned, name: bytes) -> str:
    """Say whether what stands before the telling word makes the value none to be kept."""
    owner, _, last = name[: len(name) - len(it.tail)].rpartition(b".")
    head = parts(last)
    if last.lower() == it.key.lower():
        head = [*parts(owner.rpartition(b".")[2]), *head]
    public = _PUBLIC.intersection(head) or any(word.startswith((b"csrf", b"xsrf")) for word in head)
    public = public or b"public" in parts(it.tail)[:1]
    if (public and b"private" not in head) or (len(head) < 2 and _PUBLIC_WORD.search(it.before)):
        return "the name says that the value is public"
    if PASSWORD.match(it.key) and it.tail.lower().endswith(b"_key") and not is_random(it.value):
        return "the name is that of a key"
    called = it.sep.startswith(b"(")
    if it.key.lower() == b"token" and (_LISTING.intersection(head[-2:-1]) or b"initial" in head):
        return "the name is that of a place in a list, or of a cluster"
    if called and _ASKING.intersection([*parts(_head(it))[:1], *head[:1], *parts(it.tail)[-1:]]):
        return "the name is that of a call which looks for something"
    if called and _USER.search(_head(it)) and it.after.lstrip(b"\"'`").startswith(b","):
        return "the value is the name of a user, and the password follows"
    setter = called and head[:1] == [b"set"]
    if _COUNTED.intersection(head[:1]) and not setter and not is_random(it.value):
        return "the name is about a secret, not its value"
    return ""
