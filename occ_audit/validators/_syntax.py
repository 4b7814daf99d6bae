"""Signs of source code, addresses and digests in a value or the line around it."""

from __future__ import annotations

import re

from occ_audit.validators._shape import digits_in, is_random, is_word, parts, wordiness

KEYWORDS = frozenset(
    b"password passwords passwd passwort passphrase pass pwd secret secrets token tokens key keys "
    b"apikey credential credentials auth authorization login username".split()
)

_EXPRESSION = re.compile(
    rb"""(?x)
    [\w\])]\( | [)}\]]\s*[)}\]] | \(\{ | [\w\])]\[ (?![^\]]*$) | -> | :: | \?\. | => | &&
    | ^[A-Za-z_$@][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+ [;,)!?]* $
    | ^(?:Get|Read|New|Import|Invoke|ConvertTo|ConvertFrom)-[A-Z][A-Za-z]+$
    | ^(?:new|await|async|typeof|yield|lambda|fn|func|function|def)$
    | ^[A-Za-z_]\w*\[ | ^(?:!!(?=[\w(])|[!*&][A-Za-z_(]\w{2,})
    | ^&?[A-Za-z_][\w.]*\{[\w*&}] | =![01]\b | \]=\Z | ={3}|!==
    | ^\w+\?$ | ^\(\w | \+\+ | ^-[a-z]+$ | ^--
    """
)
_ARITHMETIC = re.compile(rb"\d+(?:\.\d+)?[*/+][A-Za-z]+(?:_[a-z]+)+")
_SUBSCRIPT = re.compile(rb"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*\[[\w.:\"']{1,30}\]")
_CALL = re.compile(
    rb"[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*|\[[A-Za-z_$][\w$.]{0,30}\])*[!?]?\("
)
_NESTED = re.compile(rb"[)}\]]{2}.*[(\[{]|\(\{|[\w)\]][\[({]\Z")
_CODE_BEFORE = re.compile(
    rb"(?:^|[\s({])(?:const|let|var|val|def|func|fn|function|public|private|protected|static|final|"
    rb"return|if|elif|else|while|for|switch|case|new|import|from|class|struct|type|auto|throw|"
    rb"assert|expect|self|this|String|string|char|int|bool|boolean|void|my|local|readonly)"
    rb"(?:\s|\.|\*|->)|->|::|\$this|\w\(|[{,(]\s*$|//\s"
)
_CODE_AFTER = re.compile(
    rb"\s*(?:[;,)\]}]|\|\||&&|[?+*.=-]\s|\+|if\s|as\s|or\s|and\s|in\s|is\s|\{)"
)
_ADDRESS = re.compile(
    rb"""(?ix)
    (?: (?:[a-z][a-z0-9+.-]{1,20}:)?//? .+ | \.{1,2}[\\/].* | ~[\\/].* | [a-z]:\\.*
    | urn:[a-z][a-z0-9-]{1,31}:[\w:./-]+
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}
    | (?:[\w-]+[\\/])+[\w.-]*
    | [\w./\\-]+\.(?:pem|key|crt|cer|p12|pfx|jks|jwk|jwt|json|ya?ml|toml|ini|txt|env|md|php|js
      |tsx?|py|rb|go|html?|xml|css|svg|png|jpe?g|gif|sh|conf|cfg|log|sql|csv|pub|gpg|asc|lock|exe
      |dll|zip|gz|java)
    | [a-z][\w-]*(?:\.[a-z][\w-]*)*\.(?:com|org|net|io|dev|app|cloud|local|internal|co|de|cn|svc)
    | (?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::\d+)?
    | v?\d+\.\d+\.\d+(?:[^\w=].*)? | v?\d+\.\d+ | \d\.\d+-[\d.]* | [\^~>=<]+\s*\d[\w.*-]*
    | \d{4}-\d\d-\d\d.*
    | [\w-]+/[\w.+-]+;?.*charset.*
    )"""
)
_VERSION = re.compile(rb"v?\d{1,4}\.\d{1,4}\.\d{1,6}(?:[^\w=]|\Z)|\d\.\d{1,2}-(?:\d\.\d{1,2})?\Z")
_VERSIONS = r"[\^~>=<v*]{0,2}\d+(?:\.[\dx*]+){0,3}(?:-[\w.]+)?"
_PACKAGE = re.compile(
    rf"(?:npm:|workspace:)?{_VERSIONS}(?:\s*(?:\|{{1,2}}|,|-)\s*{_VERSIONS}){{1,9}}|npm:.*@?{_VERSIONS}|"
    # The coordinates of a Maven package, and of its release.
    r"(?:com|org|io|net|dev|de|fr|jakarta|javax|androidx|software)(?:\.[\w-]+){1,6}:[a-z][\w.-]*"
    rf"(?::{_VERSIONS}(?:\.[A-Z]\w*)?)?".encode()
)
_NUMBER = re.compile(rb"-?0[xX][0-9a-fA-F]{1,16}[uUlL]{0,3}")
_PROPERTY = re.compile(rb"[a-z][a-z0-9_-]*(?:\.[a-zA-Z][\w-]*){2,}")
_ABOUT = frozenset(
    b"error errors message messages label labels form forms user users account settings dialog "
    b"validation validator title not required invalid screen page config policy".split()
)
"""Words in the names of messages and properties; a passphrase has others."""
_SLUG = re.compile(rb"[a-z]{2,20}\d{0,2}(?:[_.\-]{1,2}(?:[a-z]{1,20}\d{0,2}|\d{1,6}|[a-z]\d)){1,9}")
_FILE = re.compile(rb"[\w./-]{1,200}\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|toml|conf|txt|zip)")
_PATH = re.compile(rb"(?!aws)[a-z]{3,20}/(?:[a-z]{3,20}[_-]?){1,3}/")
_MOMENT = re.compile(rb"(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:|\Z)")
_ALGORITHM = re.compile(
    rb"(?i)(?:(?:scram|hmac|pbkdf2|rsa|ecdsa|aes|tls|with)[-_:]?){0,3}(?:sha-?\d{1,3}|md5|aes-?\d{3}|"
    rb"[bs]crypt|argon2i?d?)(?:[-_](?:plus|cbc|gcm|ctr|crypt))?"
)
_TYPE = re.compile(
    rb"(?:string|(?:medium|long|tiny)?text|varchar|char|integer|int|bool|boolean|digest|binary|hash|token)(?::\w+)*"
)
_DIGEST = re.compile(
    rb"(?i:(?:hmac-)?sha-?(?:1|224|256|384|512)e?|md5e?|crc32)[-:=(].*|AAAA(?:[BC]3Nza|E2Vj|GnNr).*|ssh-(?:rsa|ed25519|dss).*|"
    rb"(?:MII[A-Z]|LS0tLS1CRUdJTiBDRV|LS0tLS1CRUdJTiBQVUJ).*|data:\w+/.*|-----BEGIN (?:PUB|CERT).*|"
    rb"pk_(?:live|test)_[0-9A-Za-z]+|pk\.eyJ.*|v1:[0-9A-Za-z+/=]+:v1:.*|"
    # What client and server tell each other by SCRAM, as in r=nonce,s=salt,i=4096.
    rb"[a-z]=[^,]{1,200}(?:,[a-z]=[^,]{1,200}){1,5}|"
    # What Bitwarden keeps encrypted: the kind of encryption, then its parts.
    rb"[0-9]\.[0-9A-Za-z+/=]{16,}(?:\|[0-9A-Za-z+/=]{16,})*|"
    # What a server keeps encrypted: the cipher, then the initial vector and the text.
    rb"AES(?:[-_]?\w{2,8})*:[0-9A-Za-z+/=]{1,64}:.*|"
    # An account or a contract of a ledger, the id and the fingerprint of a key, a public key.
    rb"0x[0-9a-fA-F]{40}|0x[0-9A-F]{16}|(?:[0-9a-fA-F]{2}:){15,}[0-9a-fA-F]{2}|"
    rb"(?:MFkwEwYHKoZIzj0|MHYwEAYHKoZIzj0|MIGbMBAGByqGSM49|MCowBQYDK2V).*|"
    # A Bitnami SealedSecret: the length of an encrypted session key, and more than that key.
    rb"Ag[A-D][0-9A-Za-z+/=]{380,}",
    re.DOTALL,
)
_RECORD = re.compile(
    rb"[a-z]{3,20}(?:[_-][a-z]{2,20})*(?:(?::[\w.\-]{1,40}){2,}|(?:/[\w.\-]{1,64})+\.[a-z]{2,4})|"
    rb"[A-Za-z]{3,20}(?:[_.-][0-9A-Za-z]{1,20}){0,6}-(?:[0-9a-f]{40}|[0-9a-f]{64})"
)
_FORM_RULE = re.compile(
    rb"[a-z_]{3,20}(?::[\w,.\-]{1,40})?(?:\|[a-z_]{2,20}(?::[\w,.\-]{1,40})?){1,12}"
)
_SELECTOR = re.compile(
    rb"(?:\w+ ){0,4}#(?:[0-9a-fA-F]{3,4}){1,2}|"
    rb"(?:[#.\[][a-zA-Z][\w\-\[\]=\"'. >#:]*)|(?:input|div|span|form)\[.*"
)


def is_expression(value: bytes) -> bool:
    """Return whether an unquoted value is a call, a member or another piece of code."""
    if (
        _SUBSCRIPT.fullmatch(value)
        or _CALL.match(value)
        or _NESTED.search(value)
        or _ARITHMETIC.fullmatch(value)
    ):
        return True
    if _EXPRESSION.search(value) is None:
        return False
    dotted = value.rstrip(b"!?;,)").rpartition(b".")
    if dotted[1] and KEYWORDS.intersection(parts(dotted[2])):
        return True
    return not is_random(value.strip(b"-*!&"))


def is_code_line(before: bytes, sep: bytes, after: bytes) -> bool:
    """Return whether what surrounds an unquoted identifier is a statement of a language."""
    if b":=" in sep or b"==" in sep or b"!=" in sep:
        return True
    return bool(_CODE_AFTER.match(after) or _CODE_BEFORE.search(before))


def is_address(value: bytes) -> bool:
    """Return whether a value is a path, a URL, a host, a mail address, a version or a date."""
    if _ADDRESS.fullmatch(value) is None:
        return False
    # base64 has slashes too, and a password may look like a mail address.
    if (
        value.startswith((b"//", b"./", b"../", b"~/", b"urn:"))
        or b"://" in value
        or _VERSION.match(value)
        or _MOMENT.match(value)
        or _FILE.fullmatch(value)
        or _PATH.match(value)
    ):
        return True
    return wordiness(value) > 0.4 or not is_random(value)


def is_record(value: bytes) -> bool:
    """Return whether a value names an object of a store, such as `orders:2026:7f3a`."""
    first = re.split(rb"[:/_.-]", value, maxsplit=1)[0]
    return _RECORD.fullmatch(value) is not None and is_word(first)


def is_form_rule(value: bytes) -> bool:
    """Return whether a value lists what a form asks of a field, as in `required|min:8`."""
    return _FORM_RULE.fullmatch(value) is not None and wordiness(value) > 0.4


def is_file_argument(value: bytes) -> bool:
    """Return whether a value tells to read a file, as in `@keys/public.pem`."""
    return value.startswith(b"@") and b"." in value and bool(_ADDRESS.fullmatch(value[1:]))


def is_digest(value: bytes) -> bool:
    """Return whether a value is a labelled digest, a public key, a certificate or an image."""
    return _DIGEST.fullmatch(value) is not None


def is_package(value: bytes) -> bool:
    """Return whether a value names a package, or says which versions of one will do."""
    return _PACKAGE.fullmatch(value) is not None


def is_algorithm(value: bytes) -> bool:
    """Return whether a value names an algorithm, such as `scram-sha-256`."""
    return _ALGORITHM.fullmatch(value) is not None


def is_type(value: bytes) -> bool:
    """Return whether a value is the type of a column, as in `password:string:redact`."""
    return _TYPE.fullmatch(value.rstrip(b"*/")) is not None


def is_number(value: bytes) -> bool:
    """Return whether a value is a number in hexadecimal digits, as the constants of C have."""
    return _NUMBER.fullmatch(value) is not None


def is_about(value: bytes) -> bool:
    """Return whether a value has a word that messages about secrets have, as `token_invalid`."""
    return b"_" in value and not _ABOUT.isdisjoint(parts(value))


def is_property(value: bytes, *, of_anything: bool) -> bool:
    """Return whether a value names a message or a property, such as `login.errors.expired`.

    A passphrase may have dots, too; where one may stand, a usual word of such names is asked for.
    """
    if _PROPERTY.fullmatch(value) is None:
        return False
    named = not (_ABOUT | KEYWORDS).isdisjoint(parts(value))
    wordy = wordiness(value) >= 0.4
    return (named and (wordy or not digits_in(value))) or (of_anything and wordy)


def is_slug(value: bytes) -> bool:
    """Return whether a value joins words and counters, such as `user_profile_v2`."""
    return _SLUG.fullmatch(value) is not None and all(
        len(part) < 4 or part.isdigit() or is_word(part) for part in parts(value)
    )


def is_selector(value: bytes) -> bool:
    """Return whether a value is a CSS selector or a colour."""
    if _SELECTOR.fullmatch(value) is None:
        return False
    return wordiness(value) > 0.5 or len(value) in (4, 5, 7, 9) or b" #" in value
