"""Archives that nothing here opens: what they hold is reported as not read."""

from __future__ import annotations

from collections.abc import Iterator

from occ_audit.decode import Budget, Left

_ADVICE = "unpack it to have it read"
_KINDS = {
    b"# v2 git bundle\n": "a git bundle: clone it, and scan that with --history",
    b"# v3 git bundle\n": "a git bundle: clone it, and scan that with --history",
    b"\x04\x22\x4d\x18": f"compressed by LZ4: {_ADVICE}",
    b"7z\xbc\xaf\x27\x1c": f"a 7-Zip archive: {_ADVICE}",
    b"Rar!\x1a\x07": f"a RAR archive: {_ADVICE}",
}
TEXTS = tuple(_KINDS)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Left]:
    """Say why, if the content begins as such an archive does."""
    if reason := _KINDS.get(bytes(data[:at])):
        yield Left("", reason)
