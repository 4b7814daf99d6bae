"""What speaks against an assigned value: a table of reasons why it is no secret after all.

A row is a clause and when it holds, of one value with its name and its line. The rows are asked in
their order, and the first that holds decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from occ_audit.validators._naming import Assigned, before_name, is_token, otherwise_named, own_name
from occ_audit.validators._shape import digits_in, is_random, parts, wordiness
from occ_audit.validators._syntax import (
    KEYWORDS,
    is_about,
    is_address,
    is_algorithm,
    is_code_line,
    is_digest,
    is_expression,
    is_file_argument,
    is_form_rule,
    is_number,
    is_package,
    is_property,
    is_record,
    is_selector,
    is_slug,
    is_type,
)
from occ_audit.validators._values import (
    holds_random,
    is_constant_name,
    is_dense,
    is_label,
    is_mixed,
    is_plain_object,
    is_utf8,
    stand_in,
)

_Rows = tuple[tuple[str, Callable[[Assigned], object]], ...]

IN_SENTENCE = "the value is quoted in a sentence"

_RESOURCE = re.compile(rb"(?i)\b(?:arn:aws[\w-]*:[\w:/.-]*|(?:checksum|digest|sha256)/[\w.-]*)\Z")
_JOINED = re.compile(rb"[\"'`]\s*(?:\+|\.\s?\$|<<|%\s|\.format)")
_CALLED = re.compile(rb"(?:\(\s*\\{0,2}[\"'`][\w.\-/ ]*|[\"'`\s]--[\w-]*)\Z")
_PATTERN = re.compile(rb"\[[^\]\s]{0,12}(?:a-z|A-Z|0-9|\\[dws])|\A/?\^.*\$/?\Z")
_QUALIFIED = re.compile(rb"[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)+")
_SENTENCE = re.compile(rb"[ \t]+[a-zA-Z'\x80-\xff]+[ \t]+[a-zA-Z\x80-\xff]+")
_PHRASE = re.compile(rb"[ \t]+[a-zA-Z0-9'\x80-\xff]+[ \t]*(?:[.,;!?]|\Z|[ \t][\w\x80-\xff])")
_STATEMENT = re.compile(rb"(?i)\b(?:create|alter)\s+(?:user|role|login)\b")
_DEFINED = re.compile(rb"#[ \t]*define[ \t]+\w*\Z")
_CAMEL = re.compile(rb"[a-z]{2,}(?:[A-Z][a-z]{2,}|[A-Z]{3}\Z)+")
_CLOSING = re.compile(rb"[)\]}]{1,4}")
_OUTSIDE = re.compile(rb"[)\]]{1,2}[\[.,;)]|,\s")
_FRAGMENT = re.compile(rb"[)\]]|</?[a-zA-Z!]|/[{,]|@[a-z_]\w*[.\[(]")
_COMPARED = re.compile(
    rb"(?i)(?:match(?:es)?|equals?|compare|verify|check|encode|stronger|hash)\(\s*[\"']\Z"
)
_KEPT = re.compile(
    rb"[a-z][a-z0-9-]{1,40}-(?:tls|certs?|ca|secrets?|creds|credentials|keys?|tokens?)"
)
_ALTERNATIVE = re.compile(rb"[\"'`][ \t]+or[ \t]+")
_KEY_ID = re.compile(rb"[0-9A-F]{16}|[0-9A-F]{40}")
_PGP = re.compile(rb"(?i)gpg|pgp|signature")
_SUITE = re.compile(rb"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){3,}")
_TYPE_OF = re.compile(rb"\btypeof[ (][\w.$)]*[ \t]*[!=]{0,3}[ \t]*\Z")
_OPTION = re.compile(rb"--[a-z]")
_DURATION = re.compile(rb"[ \t]*\(\d")
_DONE = frozenset(b"hashed encrypted confirmed rehashed plain masked nullable".split())
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*")


def objection(it: Assigned) -> str:
    """Return why an assigned value is no secret, or an empty text."""
    return (
        otherwise_named(it)
        or _first(_NO_TEXT, it)
        or stand_in(it.value)
        or _first(_QUOTED if it.quoted else _BARE, it)
        or _first(_OTHER, it)
    )


def _first(rows: _Rows, it: Assigned) -> str:
    return next((why for why, holds in rows if holds(it)), "")


def _is_outcome(it: Assigned) -> bool:
    """Return whether the line is `PASS: suite/case`, `--- PASS: case (0.1s)` or `t.pass("…")`."""
    name = own_name(it)
    if name == b"PASS" and b":" in it.sep:
        counted = it.before.lstrip().startswith(b"---") or _DURATION.match(it.after)
        return bool(counted) or b"/" in it.value or it.after[:1] == b":"
    return name.endswith(b".pass") and it.sep.startswith(b"(") and not digits_in(it.value)


def _is_binary(it: Assigned) -> bool:
    if any(map(_is_control, it.value)):
        return True
    return any(map(_is_control, it.before + it.after)) and not is_utf8(it.value)


def _is_control(code: int) -> bool:
    return code < 32 and code not in b"\t\r\x1b"


def _is_cut(it: Assigned) -> bool:
    return it.after.lstrip(b"\"'`").startswith((b"..", b"\xe2\x80\xa6"))


def _is_code(it: Assigned) -> bool:
    """Return whether the value is an expression, or stands in the middle of one."""
    closing = _CLOSING.match(it.after)
    whole = it.value + (closing[0] if closing else b"")
    return (
        (before_name(it).endswith(b"${") and (b"}" in it.value or it.value[:1] in b"-=?+"))
        or (_is_member(it) and not digits_in(it.value))
        or (it.sep.endswith(b":") and it.value.startswith(b":"))
        or (it.sep.startswith(b")") and b":" in it.sep)
        or _FRAGMENT.match(it.value) is not None
        or is_expression(it.value)
        or is_expression(whole)
        or (b"==" in it.sep and (b"?" in it.value or not is_random(it.value)))
    )


def _is_member(it: Assigned) -> bool:
    """Return whether name and value are two of a list such as `name:password:UID:GID`."""
    return before_name(it).endswith(b":") and it.sep == b":"


def _is_called(it: Assigned) -> bool:
    """Return whether the value is a call, the object of `name->member`, or a constructor."""
    if it.after.startswith((b"(", b"::", b"->")):
        return True
    if it.value.endswith(b"-") and it.after.startswith(b">"):
        return True
    return bool(_QUALIFIED.fullmatch(it.value)) and it.after.startswith((b" [", b" {", b" ("))


def _is_constant(it: Assigned) -> bool:
    """Return whether the value is the name of another variable, such as OTHER_SECRET."""
    named = bool(it.sep) and is_constant_name(it.value)
    return named and (wordiness(it.value) >= 0.3 or b":" in it.sep)


def _goes_on(it: Assigned) -> bool:
    """Return whether further words follow; one is enough where the value is a word itself."""
    if b":" not in it.sep:
        return False
    if is_random(it.value) and (it.after.isascii() or not it.value.isalpha()):
        return False
    plain = it.value.isalpha() and wordiness(it.value) > 0.6
    return bool((_PHRASE if plain else _SENTENCE).match(it.after))


def _is_identifier(it: Assigned) -> bool:
    if not it.sep or _IDENTIFIER.fullmatch(it.value) is None:
        return False
    if is_random(it.value) and not _CAMEL.fullmatch(it.value):
        return False
    return it.sep.startswith(b"]") or is_code_line(it.before, it.sep, it.after)


def _is_neighbour(it: Assigned) -> bool:
    called = b"(" in it.sep or _CALLED.search(it.before)
    return it.sep.rstrip().endswith(b",") and not called and not is_dense(it.value)


def _is_quoted_in_prose(it: Assigned) -> bool:
    if _ALTERNATIVE.fullmatch(it.sep):
        return True
    if not it.sep or it.sep.strip() or _is_setter(it):
        return False
    return it.key.lower() == b"pass" or not is_mixed(it.value)


def _is_setter(it: Assigned) -> bool:
    """Return whether a name such as storePassword, or one defined, is given a text with digits."""
    compound = re.search(rb"[a-z](?=Pass|Secret|Token)", own_name(it)[:-3])
    named = compound or _DEFINED.search(it.before)
    return bool(named) and digits_in(it.value) > 0 and b" " not in it.value


def _is_title(it: Assigned) -> bool:
    """Return whether a word is the text of another in a list of translations."""
    return b":" in it.sep and own_name(it).istitle() and it.value.isalpha() and it.value.istitle()


def _is_key_id(it: Assigned) -> bool:
    return bool(_KEY_ID.fullmatch(it.value) and _PGP.search(it.before + it.key))


def _is_suite(it: Assigned) -> bool:
    return bool(_SUITE.fullmatch(it.value)) and wordiness(it.value) >= 0.3


def _is_property(it: Assigned) -> bool:
    return is_property(it.value, of_anything=is_token(it))


def _is_object(it: Assigned) -> bool:
    """Return whether a value names an object of a store, or the secret that a cluster keeps."""
    if it.key.lower() == b"secret" and _KEPT.fullmatch(it.value):
        return True
    return it.key.lower() == b"key" and (is_slug(it.value) or (not it.tail and is_record(it.value)))


def _is_other_script(it: Assigned) -> bool:
    foreign = sum(code > 127 for code in it.value)
    return foreign > (0 if is_token(it) else len(it.value) // 3)


def _is_phrase(it: Assigned) -> bool:
    spaces = it.value.count(b" ")
    if not spaces:
        return False
    if spaces > 1 and is_token(it):
        return not holds_random(it.value)
    return wordiness(it.value) > 0.45 or not digits_in(it.value) or not is_random(it.value)


def _repeats_name(it: Assigned) -> bool:
    if it.value.isalpha() and it.value.islower() and own_name(it).isupper():
        return False
    return b"".join(parts(it.value)) == b"".join(parts(own_name(it).rpartition(b".")[2]))


def _is_kind(it: Assigned) -> bool:
    """Return whether the value names a kind of secret in separate words."""
    words = parts(it.value)
    if not KEYWORDS.intersection(words):
        return False
    if is_token(it) and is_slug(it.value):
        return True
    if is_about(it.value) and not holds_random(it.value):
        return True
    if digits_in(it.value) and not it.value.isdigit():
        return (wordiness(it.value) > 0.5 and b"-" in it.value) or is_constant_name(it.value)
    short = all(len(word) <= 4 or wordiness(word) > 0.5 for word in words)
    return short or wordiness(it.value) > 0.5


_NO_TEXT: _Rows = (
    ("the line tells how a test ended", _is_outcome),
    ("the value is not text", _is_binary),
    ("the value is a pattern", lambda it: _PATTERN.search(it.value)),
    ("the value lists what a form asks of a field", lambda it: is_form_rule(it.value)),
    ("the value is cut short", _is_cut),
    ("the value is a part of the name of a resource", lambda it: _RESOURCE.search(it.before)),
)
_BARE: _Rows = (
    ("the value selects an element of a page, or is a colour", lambda it: is_selector(it.value)),
    ("the value is a number", lambda it: is_number(it.value)),
    ("the value is a piece of code", _is_code),
    ("the value is a type", lambda it: it.sep == b":" and is_type(it.value)),
    ("the value is a call", _is_called),
    ("the value is the name of a variable", _is_constant),
    ("the value is a word of a sentence", _goes_on),
    ("the value is a name in a line of code", _is_identifier),
)
"""Of a value without quotes."""
_QUOTED: _Rows = (
    ("name and value are neighbours in a list", _is_neighbour),
    (IN_SENTENCE, _is_quoted_in_prose),
    ("the name is a role of reStructuredText", _is_member),
    (
        "the value is the name of a variable",
        lambda it: it.sep == b" :" and _STATEMENT.search(it.before),
    ),
    ("the value selects an element of a page", lambda it: is_selector(it.value)),
    ("the value is an option of a command", lambda it: _OPTION.match(it.value)),
    ("the value stands between two texts", lambda it: _OUTSIDE.match(it.value)),
    ("the value is an object without a random member", lambda it: is_plain_object(it.value)),
    (
        "the value is what comes out of a password",
        lambda it: b"," in it.sep and _COMPARED.search(it.before),
    ),
    ("the value is the type of a column", lambda it: b"," in it.sep and is_type(it.value)),
    ("name and value are titles", _is_title),
    ("the value is the type of a variable", lambda it: _TYPE_OF.search(it.before + it.sep)),
    ("the value says what is done with a field", lambda it: it.value in _DONE),
    (
        "the value is a part of a longer text",
        lambda it: _JOINED.match(it.after) and not is_random(it.value),
    ),
)
_OTHER: _Rows = (
    ("the value is a path, an address or a file name", lambda it: is_address(it.value)),
    ("the value names a file to read", lambda it: is_file_argument(it.value)),
    ("the value is a digest, a public key or a certificate", lambda it: is_digest(it.value)),
    ("the value is the name of an algorithm", lambda it: is_algorithm(it.value)),
    ("the value is the id of a PGP key", _is_key_id),
    ("the value is the name of a constant", _is_suite),
    ("the value names who signed an address", lambda it: it.value.endswith(b"4_request")),
    ("the value names a package", lambda it: is_package(it.value)),
    ("the value names a message or a property", _is_property),
    ("the value names an object of a store", _is_object),
    ("the value is text in another script", _is_other_script),
    ("the value is a label in another language", lambda it: it.key and is_label(it.value)),
    ("the value is a phrase", _is_phrase),
    ("the value repeats the name", _repeats_name),
    ("the value names a kind of secret", _is_kind),
)
