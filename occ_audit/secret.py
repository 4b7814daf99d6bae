"""A secret value that no report can leak by accident: it prints as a mask and opens on request."""

from __future__ import annotations

import functools
import hashlib
import hmac
import math
from collections import Counter

PUBLIC_SALT = b"occ-audit/fingerprint/1"
"""Keeps fingerprints equal on all machines where a project has configured no salt of its own."""

STRONG_BITS = 80.0
"""Above this estimate a value cannot be guessed, so a fast keyed hash hides it well enough."""

_KNOWN: dict[tuple[bytes, bytes], str] = {}
"""Digests by identity and salt that need not be computed."""
_MASK = "****"
_SHOWN_PREFIX = 4
_LONG_ENOUGH_FOR_PREFIX = 20
_LONGEST_SHOWN = 120


class Secret:
    """Bytes that print as a mask, compare by identity bytes, and open only by `reveal()`.

    `value` is the secret as written; `identity` (default: `value`) is what makes two secrets
    one, for example the percent-decoded password of a DSN. A `public` value, such as a shop's
    domain or a publishable key, is no secret: it is shown as it is.
    """

    __slots__ = ("_identity", "_value", "public")

    def __init__(
        self, value: bytes, identity: bytes | None = None, *, public: bool = False
    ) -> None:
        self.public = public
        self._value = bytes(value)
        self._identity = self._value if identity is None else bytes(identity)

    def reveal(self) -> bytes:
        """Return the secret as written; only for a report that was asked to show secrets."""
        return self._value

    def decoded(self) -> bytes:
        """Return the secret itself, however it was spelled; as careful a matter as `reveal`."""
        return self._identity

    @property
    def variants(self) -> frozenset[bytes]:
        """Every spelling of the secret that a last filter must hide; none of a public value."""
        return frozenset() if self.public else frozenset({self._value, self._identity})

    @property
    def mask(self) -> str:
        """A few characters of a long value, none of a short one, then asterisks."""
        if self.public and len(self._value) <= _LONGEST_SHOWN:
            return self._value.decode("utf-8", "backslashreplace")
        if len(self._value) < _LONG_ENOUGH_FOR_PREFIX:
            return _MASK
        prefix = self._value[:_SHOWN_PREFIX].decode("ascii", "replace")
        return prefix + _MASK if prefix.isprintable() else _MASK

    @property
    def guessable(self) -> bool:
        """Whether it could be guessed, so that a digest of it has to be slow."""
        return not self.public and guessing_bits(self._identity) < STRONG_BITS

    def digest(self, salt: bytes = PUBLIC_SALT) -> str:
        """Return 32 hex digits that identify the secret under `salt` without giving it away."""
        known = None if self.public else _KNOWN.get((self._identity, salt))
        return known or _digest(self._identity, salt, self.public)

    def has_digest(self, salt: bytes, digest: str) -> None:
        """Take a digest that an earlier run computed, so that it is not computed again."""
        _KNOWN[self._identity, salt] = digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"Secret({self.mask})"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: it would be stored in clear")


@functools.lru_cache(maxsize=65536)
def _digest(identity: bytes, salt: bytes, public: bool) -> str:
    if public or guessing_bits(identity) >= STRONG_BITS:
        return hmac.new(salt, identity, hashlib.sha256).hexdigest()[:32]
    # A short password could be guessed from a fast hash, so each guess is made to cost
    # 8 MB and some 20 ms.
    return hashlib.scrypt(identity, salt=salt, n=2**13, r=8, p=1, dklen=16).hex()


def guessing_bits(value: bytes) -> float:
    """Estimate, from the value's own character statistics, how many bits guessing it takes."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(n * math.log2(n / size) for n in Counter(value).values())
