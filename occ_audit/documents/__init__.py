"""Documents: what a text refers to, by its form alone; knows no file system.

A document type is a module here with `SUFFIXES` and
`parse(data, *, transcripts=False) -> Document`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

from occ_audit import plugins
from occ_audit.documents._digest import body_digest
from occ_audit.documents._document import Candidate, Document, Field, Heading, Places
from occ_audit.documents._names import known_file_name, marked_path, product_name, spaced_path
from occ_audit.documents._shapes import SUFFIX_ALONE, absolute, as_written
from occ_audit.documents._stamp import stamped

__all__ = [
    "LONGEST_MARKUP",
    "SUFFIX_ALONE",
    "Candidate",
    "Document",
    "Field",
    "Heading",
    "Places",
    "absolute",
    "as_written",
    "body_digest",
    "known_file_name",
    "marked_path",
    "parse",
    "product_name",
    "spaced_path",
    "stamped",
]

LONGEST_MARKUP = 32 * 2**20
"""A larger file is read as plain text: a parser of markup holds a multiple of it in memory."""


def parse(path: str, data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document that `path` names, of the type of its suffix, else as plain text.

    With `transcripts`, the command lines of console transcripts count too.
    """
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    known = _parsers().get(dot + suffix.lower())
    if known is None or len(data) > LONGEST_MARKUP:
        known = _parsers()[".txt"]
    return known(data, transcripts=transcripts)


@functools.cache
def _parsers() -> dict[str, Callable[..., Document]]:
    package = sys.modules[__name__]
    modules = [plugins.load(package, name) for name in plugins.names(package)]
    return {suffix: module.parse for module in modules for suffix in module.SUFFIXES}
