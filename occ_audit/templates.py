"""Builds realistic tokens when they are needed, so that no file of the project holds a whole one.

`{name}` and `{name:arguments}` are templates; every other brace stands for itself, and so do `${`
and `{{` (shell and Jinja placeholders). `{brace}` gives an opening brace where a name follows.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
import string
from collections.abc import Callable

from occ_audit.errors import AuditError

Draw = Callable[[str, int], str]
"""Called as `draw(alphabet, size)`; gives the next characters of the seed's own stream."""

HEX = "0123456789abcdef"
ALNUM = string.digits + string.ascii_letters
BASE58 = "".join(c for c in ALNUM if c not in "0OIl")
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
BASE64URL = BASE64[:62] + "-_"

_TEMPLATE = re.compile(r"(?<![${])\{([A-Za-z][A-Za-z0-9_]*)(?::([^{}]*))?\}")
_MIXED_FROM = 12
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo")


def expand(template: str, seed: str) -> str:
    """Return the text with its templates filled in; equal seeds give equal texts."""
    draw = _stream(seed)

    def fill(match: re.Match[str]) -> str:
        name, arguments = match[1], match[2] or ""
        if name not in TEMPLATES:
            raise AuditError(
                f"unknown template {{{name}}}",
                mend=f"known: {', '.join(sorted(TEMPLATES))}; a literal brace is {{brace}}",
            )
        try:
            return TEMPLATES[name](draw, arguments)
        except (ValueError, KeyError):
            mend = "docs/rules.md lists the arguments of each template"
            raise AuditError(f"bad arguments in {match[0]}", mend=mend) from None

    return _TEMPLATE.sub(fill, template)


def _stream(seed: str) -> Draw:
    """Characters from a hash of the seed: equal on every machine and Python version."""
    count = 0

    def draw(alphabet: str, size: int) -> str:
        nonlocal count
        while True:
            count += 1
            key = f"{seed}\0{count}".encode()
            values = hashlib.shake_256(key).digest(size)
            text = "".join(alphabet[value % len(alphabet)] for value in values)
            if size < _MIXED_FROM or _is_mixed(text, alphabet):
                return text

    return draw


def _is_mixed(text: str, alphabet: str) -> bool:
    """Each kind of character that the alphabet has occurs, as in nearly every real token."""
    kinds = (str.isdigit, str.isupper, str.islower)
    return all(any(map(kind, text)) for kind in kinds if any(map(kind, alphabet)))


def _characters(alphabet: str, draw: Draw, arguments: str) -> str:
    return draw(alphabet, int(arguments))


def _word(draw: Draw, arguments: str) -> str:
    return "".join(_SYLLABLES[int(draw(HEX, 1), 16) % len(_SYLLABLES)] for _ in range(3))


def _github(draw: Draw, prefix: str) -> str:
    from occ_audit.validators import github_checksum

    body = draw(ALNUM, 70 if prefix == "ghr_" else 30)
    return prefix + body + github_checksum.checksum(body.encode()).decode()


def _supabase(kind: str, draw: Draw, ref: str) -> str:
    from occ_audit.validators import supabase_checksum

    head = f"sb_{kind}_{draw(BASE64URL, 22)}"
    project = ref or draw(string.ascii_lowercase, 20)
    return f"{head}_{supabase_checksum.suffix(project.encode(), head.encode()).decode()}"


def _options(arguments: str) -> dict[str, str | int]:
    pairs = (item.partition("=") for item in arguments.split(",") if item)
    return {key.strip(): int(text) if text.isdigit() else text for key, _, text in pairs}


def _jwt(draw: Draw, arguments: str) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    parts = (
        _base64url(json.dumps(part, separators=(",", ":")).encode())
        for part in (header, _options(arguments))
    )
    return ".".join((*parts, draw(BASE64URL, 43)))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(draw: Draw, size: int) -> bytes:
    return bytes.fromhex(draw(HEX, 2 * size))


def _pack(value: object) -> bytes:
    """MessagePack, as much of it as a macaroon needs."""
    if isinstance(value, bytes):
        return b"\xc4" + bytes([len(value)]) + value
    if isinstance(value, str):
        return b"\xd9" + bytes([len(value)]) + value.encode()
    if isinstance(value, int):
        return bytes([value]) if value < 128 else b"\xcf" + value.to_bytes(8, "big")
    if isinstance(value, tuple):
        return bytes([0x90 | len(value)]) + b"".join(map(_pack, value))
    raise ValueError(value)


def _fly_macaroon(draw: Draw, arguments: str) -> str:
    """Options: `org`, `until` (seconds since 1970), `location` (`v1` or `aaa/v1`)."""
    options = _options(arguments)
    caveats: tuple[object, ...] = (0, (options.get("org", 4321), 31))
    if "until" in options:
        caveats += (4, (1_600_000_000, options["until"]))
    location = f"https://api.fly.io/{options.get('location', 'v1')}"
    nonce = (_bytes(draw, 8), _bytes(draw, 16), 0)
    packed = _pack((nonce, location, caveats, _bytes(draw, 32)))
    return "fm2_" + base64.b64encode(packed).decode()


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content


def _pem_body(draw: Draw, kind: str) -> bytes:
    if kind == "OPENSSH":
        return b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none" + _bytes(draw, 360)
    if kind == "PGP":
        return b"\x95\x01\xd8" + _bytes(draw, 470)
    version = b"\x02\x01\x00"
    integer = _der(0x02, b"\0" + _bytes(draw, 256))
    return _der(0x30, version + integer + _der(0x02, _bytes(draw, 320)))


def _pem(draw: Draw, arguments: str) -> str:
    """`KIND` or `KIND,STYLE`; styles: `escaped` (newlines as in JSON) and `base64`."""
    kind, _, style = arguments.partition(",")
    names = {"PKCS8": "PRIVATE KEY", "PGP": "PGP PRIVATE KEY BLOCK"}
    name = names.get(kind, f"{kind} PRIVATE KEY")
    body = base64.b64encode(_pem_body(draw, kind)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    text = "\n".join((f"-----BEGIN {name}-----", *lines, f"-----END {name}-----"))
    if style == "escaped":
        return text.replace("\n", "\\n") + "\\n"
    return base64.b64encode(f"{text}\n".encode()).decode() if style == "base64" else text


def _google_service_account(draw: Draw, style: str) -> str:
    email = f"{_word(draw, '')}@sample-project.iam.gserviceaccount.com"
    text = json.dumps(
        {
            "type": "service_account",
            "project_id": "sample-project",
            "private_key_id": draw(HEX, 40),
            "private_key": _pem(draw, "PKCS8") + "\n",
            "client_email": email,
            "client_id": draw(string.digits, 21),
        },
        indent=2,
    )
    return base64.b64encode(text.encode()).decode() if style == "base64" else text


TEMPLATES: dict[str, Callable[[Draw, str], str]] = {
    "brace": lambda draw, arguments: "{",
    "hex": functools.partial(_characters, HEX),
    "HEX": functools.partial(_characters, HEX.upper()),
    "alnum": functools.partial(_characters, ALNUM),
    "base32": functools.partial(_characters, string.ascii_uppercase + "234567"),
    "base58": functools.partial(_characters, BASE58),
    "base64": functools.partial(_characters, BASE64),
    "base64url": functools.partial(_characters, BASE64URL),
    "lower": functools.partial(_characters, string.ascii_lowercase),
    "upper": functools.partial(_characters, string.ascii_uppercase),
    "lowernum": functools.partial(_characters, string.digits + string.ascii_lowercase),
    "uppernum": functools.partial(_characters, string.digits + string.ascii_uppercase),
    "digits": functools.partial(_characters, string.digits),
    "bech32": functools.partial(_characters, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    "word": _word,
    "github": _github,
    "supabase_secret": functools.partial(_supabase, "secret"),
    "supabase_publishable": functools.partial(_supabase, "publishable"),
    "jwt": _jwt,
    "fly_macaroon": _fly_macaroon,
    "pem": _pem,
    "google_service_account": _google_service_account,
}
"""Every template by name: adding one here is all that a new token shape needs."""
