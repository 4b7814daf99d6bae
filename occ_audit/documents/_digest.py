"""What the front matter key `doc_hash` holds: the digest of all that follows the front matter."""

from __future__ import annotations

import hashlib

from occ_audit.documents import _frontmatter


def body_digest(data: bytes) -> str:
    """Return the SHA-256, 64 lower-case hexadecimal digits, of the bytes after the front matter.

    The body begins behind the line that closes the front matter and ends with the file: no byte
    of it is changed, line endings included. Without front matter it is the whole file, but for
    a byte order mark.
    """
    return hashlib.sha256(data[_frontmatter.read(data).body :]).hexdigest()
