"""Judges a token that stands in prose near a word such as token, key, password or secret.

The rule's pattern gives the group `lead` (from that word up to the token), or `trail` (from the
token up to that word); what else the sentence says decides.
"""

from __future__ import annotations

import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, reference
from occ_audit.validators._shape import is_hex, is_random, is_uuid, wordiness
from occ_audit.validators._syntax import is_address, is_digest
from occ_audit.validators._vendors import vendor

_OTHER = re.compile(
    rb"(?i)\b(?:sessions?|requests?|deploy|jobs?|lease|transfer|transaction|tx|wallet|items?|entry|eintrag|entr\xc3\xa9e|records?|commits?|sha-?\d*|digests?|checksums?|hash(?:es|ed)?|md5|integrity|revisions?|rev|"
    rb"merged|branch|range|uuid|guid|fingerprints?|machine|image|deployment|release|volume|build|"
    rb"session id|request id|trace|correlation|tenant|ticket|serial|etag|version|snapshot|"
    rb"measurement|property|product|order|invoice|account id|client[ _-]?id|project id|app id|ref|"
    rb"public[ _-]?key|publickey|publishable|anon|website[ _-]?token|base64|"
    rb"(?:token_)?accessor|thumbprint|catastral|fiscal|pedido|expediente)\b[^\w\n]*\Z|"
    rb"(?:[a-z]I[dD]|_id|\"id|[Hh]ash|[Ss]ha\d*|[Dd]igest)[\"']?\s*[:=]\s*[\"'`]?\Z"
)
_RIGHT_BEFORE = re.compile(
    rb"(?i)(?:(?<![^\W_])(?:tokens?|keys?|secrets?|pass(?:w(?:or)?d|phrase|code)?|pwd|pw|credentials?|"
    rb"pin|PAT|"
    rb"bearer|oauth|auth string|jetons?|clave|secreto|chave|segredo|chiave)|token|"
    rb"schl\xc3\xbcssel|cl\xc3\xa9)\W{0,8}"
    rb"(?:(?:is|was|has|had|been|set|to|now|ist|lautet|est|es|=|\xc3\xa9)\W{1,4}){0,4}\Z"
)
_TOLD = re.compile(
    rb"(?i)(?:\b(?:tokens?|keys?|secrets?|credentials?|jetons?|clave|secreto|chave|segredo|chiave)|token|"
    rb"schl\xc3\xbcssel|cl\xc3\xa9)\b"
    rb"(?P<between>[ ,]+(?:for|of|from|in|on|we|you|i|that|which|de|del|da|do|du|f\xc3\xbcr|pour|"
    rb"para|von|vom|der|d')\b(?:[ ,]*[\w'\x80-\xff-]+){0,6},?)?"
    rb"(?P<done>(?:[ ][\w'\x80-\xff-]+){0,5}[ ](?:new|neu|"
    rb"[\w\x80-\xff]{2,}(?:ed|\xc3\xa9e?|[ai][td][aoie]|eben|ellt|iert))[ ]?(?=:))?"
    rb"(?:[ ](?:\([\w -]{1,30}\)|part|value|string))?"
    rb"(?:[ ]?(?:->|\xe2\x86\x92|[:=])|[ ]+(?:is|was|used|using|ist|lautet|est|es|\xc3\xa9))"
    rb"[ ]*[`'\"(*]{0,2}\Z"
)
_NAMED = re.compile(
    rb"(?i)[`'\")*]{0,3}[ ]+(?:(?:is|was|as)[ ]+|\()(?:(?!(?:for|of|that|in)[ ])[\w'-]+[ ]+){0,4}?"
    rb"(?:tokens?|keys?|secrets?|passwords?|credentials?)\b"
)
_PUBLIC = re.compile(
    rb"(?i)\b(?:idempotency|cache|partition|primary|foreign|sort|public|s3|object|row|product|file|doc|"
    rb"document|message|routing|index|lookup|shard|csrf|xsrf|figma|site|captcha|websocket)[ _-]\Z"
)
"""What stands before a key that is no secret."""
_KEPT_PUBLIC = re.compile(
    rb"(?i)\b(?:cache|partition|primary|idempotency|site|file|routing|figma|public)[ _-](?:file )?"
    rb"(?:keys?|tokens?)\b(?![^\n]*\b(?:tokens?|keys?|secrets?|passwords?)\b)[^\n.]{0,40}\Z"
)
_NEXT_ITEM = re.compile(rb"[^:\s][ \t*_]*\r?\n[ \t]*(?:[-*+]|\d{1,2}[.)])[ ](?![^\n]*\n)")
"""The end of an item that announces nothing, and the beginning of the next one."""
_TELLS = re.compile(
    rb"(?i)\b(?:tokens?|keys?|secrets?|pass(?:words?|phrase|wort)|pwd?|credentials?|kennwort|clave|chave|"
    rb"jetons?|secreto|segredo|chiave|senha|klucz|sleutel)\b|schl\xc3\xbcssel|cl\xc3\xa9|contrase|[\xe3\xe5-\xed]"
)
_MEANT = re.compile(
    rb"(?i)\b(?:tokens?|keys?|secrets?|pass(?:words?|phrase)|credentials?)\b[^\n]*\b(?:"
    rb"(?:the|a)[ ](?:new|old|current|fresh|right)(?:[ ]one)?|(?:new|current|fresh)[ ]one|"
    rb"old|new|previous|replacement|(?<!hash )value)\b[^\w\n]{1,4}(?:(?:is|was)\W{1,3})?\Z"
)
"""A sentence that goes on about the token it named before."""
_LABEL = re.compile(
    rb"\A(?:.*\n)?(?:([^\n]*:)[ \t]*\r?\n\s*(?:(?:```|~~~)\w*\r?\n[ \t]*)?|"
    rb"([A-Z][\w -]{2,30})\r?\n[ ]{2,8}`{0,2})\Z",
    re.DOTALL,
)
"""A label on a line of its own, up to where its value begins."""
_TAG = re.compile(rb"</?[a-zA-Z]\w{0,7}>")
_WEAK = re.compile(rb"(?i)(?:login|admin)\b")
_CONNECTED = re.compile(
    rb"(?i)(?:[:=`'\"(>*|\x92]|\b(?:is|was|to|as|are|ist|lautet|est|es|\xc3\xa9))[\s`'\"(*]*\Z"
)
_DIGEST_TALK = re.compile(
    rb"(?i)\b(?:commit|sha(?:-?\d+)?|digest|checksum|hash|md5|integrity|merged|revision|rebased?|"
    rb"cherry-pick|range-diff|fingerprint|thumbprint|empreinte|impronta|huella|fingerabdruck|"
    rb"pr\xc3\xbcfsumme|vingerafdruk|odcisk|somme de contr\xc3\xb4le|suma de comprobaci\xc3\xb3n)\b"
)
_CODE = re.compile(
    rb"(?:[;{]|(?<!color)\})\s*$|\)\s*;|=>|\bfunction\b|\breturn\b|^\s*(?:import|from|const|let|var|def|class|if|for|"
    rb"public|private|static|#include|#define|@\w+[(.])\b|\w\(\)|\w->\w|::\S|^[+-]?\s*\w+\("
)
_KEY_OF_PGP = re.compile(rb"(?i)\b(?:gpg|pgp)\b.{0,60}\b(?:key|id|pubkey)\b[^\w\n]{0,4}\Z")
_ENCRYPTED = re.compile(rb"\bENC\[[A-Z0-9_]+,[^\]]*\Z")
"""A value encrypted by sops, up to one of its parts."""
_UUID_TOKEN = re.compile(
    rb"(?i)(?:(?:api|access|auth|server|secret|\b(?:new|our|the|old)[ ]\w{3,20})[ _-](?:token|key)|"
    rb"secret)"
    rb"(?:[ ]for[ ](?:the[ ])?\w{1,20})?(?:[ ]?:|[ ](?:is|was)(?:[ ]now)?:?)[ ][`'\"(*]{0,2}\Z"
)
_LINE = 400
"""So much of a line is looked at on either side."""
_NUMBER = re.compile(rb"0[xX][0-9a-fA-F]{1,40}|(?!SK)[A-Z]{2}[0-9a-f]{32}|1Z[0-9A-Z]{16}")
"""A number, the SID of an object at Twilio, or what a parcel is followed by."""
_ALGORITHM = re.compile(
    rb"(?i)(?:ed|x|curve)(?:25519|448)|secp?\d{3}[rk]1|(?<![a-z])p(?:256|384|521)|ml(?:kem|dsa)\d{2,4}|"
    rb"(?:aes|rsa|sha)[-_]?\d{3,4}"
)
_DATE = re.compile(rb"20[12]\d[01]\d[0-3]\d|20[12]\d-[01]\d-(?:[0-3]\d|[a-z]{3})")


def check(candidate: Candidate) -> Verdict:
    """Keep a random token that the sentence presents as a credential; bind it to its vendor."""
    value = candidate.secret
    if is_uuid(value):
        return _told_uuid(candidate)
    if why := unlike_a_token(value):
        # It may still be a password.
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    lead = candidate.groups.get("lead", b"")
    if _PUBLIC.search(candidate.before[-20:]) or _KEPT_PUBLIC.search(lead):
        return Verdict(keep=False, reason="the word before says that the key is public")
    if _NEXT_ITEM.search(lead) and not _TELLS.search(lead.rpartition(b"\n")[2]):
        why = "another item begins before the word"
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    if _WEAK.match(lead) and not (_CONNECTED.search(lead) or _RIGHT_BEFORE.search(lead)):
        return Verdict(keep=False, reason="the text only speaks of a login")
    before = candidate.before + lead + candidate.groups.get("open", b"")
    after = candidate.groups.get("trail", b"") + candidate.after
    if why := said_otherwise(before, after, value):
        return Verdict(keep=False, reason=why)
    if is_hex(value) and (why := _bare_hex(before, after)):
        return Verdict(keep=False, reason=why)
    return presented(before, after)


def _told_uuid(candidate: Candidate) -> Verdict:
    """Keep a UUID only where the words before it say token of a vendor that is known."""
    groups = candidate.groups
    before = candidate.before + groups.get("lead", b"") + groups.get("open", b"")
    line = before.rpartition(b"\n")[2][-_LINE:]
    if _UUID_TOKEN.search(line) and not said_otherwise(before, candidate.after, b""):
        verdict = presented(before, candidate.after)
        if "vendor" in verdict.properties:
            return verdict
    return Verdict(keep=False, reason="the word is not random", confidence=Confidence.POSSIBLE)


def presented(before: bytes, after: bytes) -> Verdict:
    """Return the verdict for a credential in prose, bound to the vendor of its surroundings."""
    name = vendor(before, after)
    return Verdict(
        reason=f"the text presents it as a credential of {name or 'an unnamed service'}",
        severity=Severity.HIGH if name else None,
        properties={"vendor": name} if name else {},
    )


def unlike_a_token(value: bytes) -> str:
    """Say why a word is no random token; nothing where it is one."""
    if not is_random(_ALGORITHM.sub(b"", value)) or is_uuid(value) or wordiness(value) > 0.4:
        return "the word is not random"
    if placeholder.reason(value) or reference.reason(value) or is_digest(value):
        return "the word stands in for something"
    if b"/" in value and (len(value) < 24 or wordiness(value) > 0.2):
        return "the word is a path"
    if _DATE.search(value) or (is_address(value) and wordiness(value) > 0.2):
        return "the word is a name with a date, a path or an address"
    if _NUMBER.fullmatch(value):
        return "the word is a number"
    digits = sum(48 <= code <= 57 for code in value)
    lower = any(97 <= code <= 122 for code in value)
    if not digits or not (lower or any(65 <= code <= 90 for code in value)):
        return "the word has no digit or no letter"
    return ""


def said_otherwise(before: bytes, after: bytes, value: bytes) -> str:
    """Say what else the sentence calls the word; nothing where it does not."""
    line = before.rpartition(b"\n")[2][-_LINE:]
    tail = after.partition(b"\n")[0][:_LINE]
    if _OTHER.search(line[-60:]):
        return "the word before says that it is something else"
    if (
        tail.lstrip(b"`'\"*) ")
        .lower()
        .startswith((b"(public", b"(openpgp", b"(pgp", b"- public", b"\xe2\x80\x94 public"))
    ):
        return "the text says that it is public"
    if line.endswith((b"base64,", b"/", b"#", b"@", b"=")) or b"integrity" in line:
        return "it is part of an address or of data"
    if _KEY_OF_PGP.search(line):
        return "it names a public key of PGP"
    if _ENCRYPTED.search(line):
        return "it is part of an encrypted value"
    if _CODE.search(line + b"_" + tail) and line[-1:] not in b"`":
        return "the line is source code"
    alone = not line.strip(b" \t>") and not tail.strip(b" \t\\")
    if alone and len(value) > 40 and not _LABEL.match(before):
        return "the line is data"
    return ""


def _bare_hex(before: bytes, after: bytes) -> str:
    """Hexadecimal is mostly a digest or an id: the word must stand right before it."""
    label = _LABEL.match(before)
    line = (label[1] or label[2]) + b" " if label else before.rpartition(b"\n")[2]
    line = _TAG.sub(b"", line)
    if _DIGEST_TALK.search(line) or _DIGEST_TALK.search(after.partition(b"\n")[0][:80]):
        return "the sentence speaks of commits or digests"
    if _RIGHT_BEFORE.search(line) or _NAMED.match(after) or _MEANT.search(line):
        return ""
    told = _TOLD.search(line)
    if not told or _OTHER.search((told["between"] or b"") + (told["done"] or b"")):
        return "hexadecimal digits, and no telling word right before"
    return ""
