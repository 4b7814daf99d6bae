"""Measures of a value: whether it reads like words or looks drawn at random.

The letter-pair costs were counted over 13,000 words of Python's own documentation; a row per
first letter (the first row: beginning of a word), a column per second letter (the last: its
end), each cost in half bits as a letter from `a`.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import re

_COSTS = (
    b"ijhijjklipokjklipigikmlorrz"
    b"pjijqoltkvngjhzjvgifmnppmtk"
    b"glkmhoquhmsfnphnziinhsuwkrh"
    b"gqlogpshjwijorfqsjmgkrswozi"
    b"jnolenptgrtlqpjsumkokrstoxd"
    b"jpihmlnrpvsjkhploggirmokqvf"
    b"ipmmhgpuevujpogquikkiwsumzg"
    b"kspqfqljixwlnjlqzijpksstrsd"
    b"frroesuvgzrmopguzknilxuvnzf"
    b"klikklkwsxrijehlukihvkvnzlm"
    b"gvmofqvviokqovfloqhpfpvvovh"
    b"jppneqmqgtrjslmornhmnslznze"
    b"hqplfprufurhrphozqkklotxivg"
    b"fksoerstgyqmkqhgysknktvypxh"
    b"iqihhlfqjsnnqmjptqhgmmswpwg"
    b"nljjpnlsmsmiiekjxgjjiljptsk"
    b"gsoofqrlizqhrqhjugkikuqvkzh"
    b"npwnrnwqwwwjpnpwnlkqbpowrwi"
    b"hqlleomuhznmkmhnzkijloqzmzg"
    b"ltkpgprjhvomopkkqrigjrpunzd"
    b"hqmofosjfzvmoqjnxhjklrqtktf"
    b"jijmjmlwjzuhifnizghhutzrwvn"
    b"fpnrcpqsgzzroqjtzqpprrqurzi"
    b"ftpmgqrifurmtihrzhiqrroozzg"
    b"jmhlglsnhzznlqmgqomgoqrjnsf"
    b"nplpkoovkzwmlkmgzojjvpntpnc"
    b"gwwpcowogwwonqirwronpwrwlmi"
)
_COLUMNS = 27
_PAIR_COSTS = {
    (96 + first, 97 + second): _COSTS[first * _COLUMNS + second] - 97
    for first in range(_COLUMNS)
    for second in range(_COLUMNS)
}
UNUSUAL = 4.75
"""Bits a letter: 98 of 100 English words of six letters cost less, 95 of 100 random ones more."""

_TERMS = frozenset(
    b"aes cbc cms crc der dsa ecdh ecdsa eddsa gcm gost hkdf hmac ieee jwt mac oaep oid pbes pbkdf "
    b"pem pgp pkcs pkix poly rfc rsa scram sha ssh tls utf".split()
)
"""What names of algorithms and standards are made of, though no words."""

_DIGITS = b"0123456789"
_RUN = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PART = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def letter_cost(word: bytes) -> float:
    """Return how many bits a letter of this word costs in English; random ones cost 5 to 6."""
    # A byte that is no letter stands for the beginning and the end.
    lower = b"`" + word.lower() + b"{"
    total = sum(map(_PAIR_COSTS.__getitem__, itertools.pairwise(lower)))
    return total / 2 / (len(word) + 1)


def is_word(run: bytes) -> bool:
    """Return whether a run of letters reads like an English word or name."""
    if len(run) < 3 or (len(run) >= 12 and is_hex(run)):
        return False
    return run.lower() in _TERMS or _is_word(run.lower())


@functools.lru_cache(maxsize=32768)
def _is_word(run: bytes) -> bool:
    return letter_cost(run) < (4.3 if len(run) < 5 else UNUSUAL if len(run) < 16 else 4.0)


def parts(name: bytes) -> list[bytes]:
    """Return the words of an identifier: `dbPASSWORD_Hash2` gives db, password, hash and 2."""
    return list(_parts(name))


@functools.lru_cache(maxsize=8192)
def _parts(name: bytes) -> tuple[bytes, ...]:
    return tuple(part.lower() for part in _PART.findall(name))


@functools.lru_cache(maxsize=8192)
def wordiness(value: bytes) -> float:
    """Return which share of the bytes belongs to runs of letters that read like words."""
    if not value:
        return 0.0
    return sum(len(run) for run in _RUN.findall(value) if is_word(run)) / len(value)


@functools.lru_cache(maxsize=512)
def _n_log_n(n: int) -> float:
    return n * math.log2(n)


def digits_in(value: bytes) -> int:
    """Return how many bytes are decimal digits."""
    return len(value) - len(value.translate(None, _DIGITS))


@functools.lru_cache(maxsize=8192)
def entropy(value: bytes) -> float:
    """Return the Shannon entropy in bits a byte."""
    size = len(value)
    return math.log2(size) - sum(map(_n_log_n, map(value.count, set(value)))) / size


def is_hex(value: bytes) -> bool:
    """Return whether all is hexadecimal, in one case."""
    return _HEX.fullmatch(value) is not None


def is_uuid(value: bytes) -> bool:
    """Return whether this is a UUID."""
    return _UUID.fullmatch(value) is not None


def switches(value: bytes) -> int:
    """Return how often the kind of character (lower, upper, digit, other) changes."""
    kinds = value.translate(_KINDS)
    return sum(map(operator.ne, kinds, kinds[1:]))


def _kind(code: int) -> int:
    if 97 <= code <= 122:
        return 1
    if 65 <= code <= 90:
        return 2
    return 3 if 48 <= code <= 57 else 4


_KINDS = bytes(map(_kind, range(256)))


@functools.lru_cache(maxsize=8192)
def is_random(value: bytes) -> bool:
    """Return whether a value of eight bytes or more looks drawn at random."""
    if len(value) < 8 or not _varied(value):
        return False
    if is_uuid(value):
        return True
    digits = digits_in(value)
    if digits == len(value):
        return False
    if is_hex(value):
        return digits > 0 and len(value) >= 12
    return _mixed(value, digits)


def _varied(value: bytes) -> bool:
    size = len(value)
    enough = min(2.8, math.log2(size) * 0.72)
    # The entropy is least where one character makes up all that is not distinct.
    most = size - len(set(value)) + 1
    return math.log2(size) - _n_log_n(most) / size >= enough or entropy(value) >= enough


def _mixed(value: bytes, digits: int) -> bool:
    if digits == 0:
        letters = b"".join(_RUN.findall(value))
        unlike = len(letters) >= 8 and letter_cost(letters) > UNUSUAL
        return unlike and wordiness(value) < 0.35
    return switches(value) >= 3 + len(value) // 10 and wordiness(value) < 0.5
