"""What the shape of a piece of text says: a reference to a path, or why it is none."""

from __future__ import annotations

import functools
import re
import urllib.parse

from occ_audit.documents._document import Candidate
from occ_audit.documents._line_numbers import Lines, divided, with_the_last, without_lines
from occ_audit.documents._names import EXTENSIONS, NAMES, known_file_name
from occ_audit.model import Reference, ReferenceKind

LONGEST = 1024
"""No path in a document is longer; what is, is not looked at."""


_DOMAINS = (
    "com|org|net|io|dev|app|ai|co|gov|edu|me|cloud|uk|de|eu|fr|ch|us|rs|ly|gg|sh|xyz|info|internal"
    "|local|lan|corp|intra|example|nl|jp|br|ca|au|se|es|pl|cz|at|be|fi|dk|ie|nz|tv|biz|site|page|tech"
)

_PLACEHOLDER = re.compile(
    r"<|>|\{(?!\w+\.\.\w+\})[^{},]*\}|YYYY|XXX|\bxxx\b|\bXX\b|\bX\.Y\b|(?:^|/)path/to/|(?:^|/)your[-_]"
    r"|\$[A-Z][A-Z0-9_]+\b",
    re.ASCII,
)

_NOT_A_PATH: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s"), "white space: a command or a phrase"),
    (re.compile(r"://|^(?:mailto|tel|data|javascript|urn):", re.IGNORECASE), "a URL"),
    (re.compile(r"^[./\\]*$"), "only dots and slashes"),
    (re.compile(r"^-"), "an option"),
    (re.compile(r"^@"), "a package or a handle"),
    (re.compile(r"^#"), "a channel, a ticket or an anchor"),
    (re.compile(r"^(?:\$|%[A-Za-z_]+%)"), "begins with an environment variable"),
    (_PLACEHOLDER, "a placeholder"),
    (re.compile(r"\.\.\.(?!\w)|…"), "an elision"),
    (re.compile(r"^[v^~=]?\d+(?:\.[\dx*]+)+(?:[-+][\w.]+)?$"), "a version"),
    (re.compile(r"^(?:refs|origin|upstream|HEAD)/"), "a branch or a ref"),
    (re.compile(r"(?:^|/)(?:node_modules|site-packages)/"), "inside an installed package"),
    (re.compile(r"^\.git/"), "inside .git, which is never tracked"),
    (re.compile(rf"^[\w-]+(?:\.[\w-]+){{0,4}}\.(?:{_DOMAINS})(?::\d+)?/"), "a host"),
    (re.compile(r"^(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?/"), "a host"),
    (re.compile(r"[\"'=;|!&^`]|//"), "an expression"),
    (re.compile(r"^[\d,$]*[sy]/[^/]*/[^/]*/[gimpIM\d]*$"), "an expression"),  # of sed
)

SUFFIX_ALONE = "an extension"
"""Why `.json` is no path; behind a file of a list it is that file with another suffix."""

_MEDIA_TYPE = re.compile(r"^(?:application|audio|font|image|message|multipart|text|video)/[^/]+$")
_DYNAMIC_SEGMENT = re.compile(
    r"(?<=/)(?:\([\w.-]+\)|\[{1,2}(?:\.\.\.)?\w+\]{1,2})|(?<=[\w./])\$(?![A-Z][A-Z0-9_]+\b)\w+"
)
_ELIDED = re.compile(r"(?:^|(?<=/))(?:\.\.\.|…)/")
_BRACES = re.compile(r"\{(?:[^{},]*,[^{}]*|\w{1,9}\.\.\w{1,9})\}")
_ONE_CHARACTER = re.compile(r"[\w/-]\?+(?=[\w.-])")
_UNUSUAL = re.compile(r"[(){}\[\]$,~%]")
_SYMBOL = re.compile(r"::?(?!L\d+(?:-L?\d+)?$)[A-Za-z_][\w.:\[\]-]*$")
_ABSOLUTE = re.compile(
    r"^(?:~[\w-]*/|[A-Za-z]:[/\\]|/(?:home|Users|root|etc|usr|var|tmp|opt|mnt|srv|private)/)"
)
_ONE_FILE = frozenset({ReferenceKind.FILE, ReferenceKind.BARE_NAME})
_BACKSLASHES = re.compile(r"^[\w.-]+(?:\\[\w.-]+)+\\?$")
_BACKSLASH_GLOB = re.compile(
    r"^[\w.-]+(?:\\(?:[\w-][\w.-]*|\*{1,2}(?=\\)))*\\(?![bdsw]\*)[\w-]*\*[\w.-]*$", re.IGNORECASE
)
_REGISTRY = re.compile(r"^HK(?:[A-Z]{1,2}|EY_\w+)\\")


def absolute(path: str) -> bool:
    """Say whether a path lies on some machine rather than in the repository."""
    return bool(_ABSOLUTE.match(path))


def span(text: str, start: int, end: int, container: str) -> Candidate:
    """Judge a piece that the markup sets apart: a code span, a front matter value."""
    path = _with_any_folder(text)
    reason = _reason(path)
    if reason:
        return Candidate(text, start, end, container, None, reason)
    target, _, anchor = path.partition("#")
    return _candidate(text, target, anchor, start, end, container)


def with_lines(candidate: Candidate, lines: Lines | None) -> Candidate:
    """Return a candidate with lines that are cited beside it, if it is a file without any."""
    row = candidate.reference
    if row is None or not lines or row.lines or row.anchor or row.kind not in _ONE_FILE:
        return candidate
    return candidate._replace(reference=row._replace(lines=lines))


def _with_any_folder(text: str) -> str:
    """Return a path with `**` for the folders that "…" leaves out."""
    elided = ("…" in text or ".../" in text) and known_file_name(without_lines(text))
    return _ELIDED.sub("**/", text) if elided else text


def as_written(candidate: Candidate) -> Reference | None:
    """Return what a candidate refers to if all of it is a path, but for cited lines."""
    text, start, end = candidate.text, candidate.start, candidate.end
    if len(text) > LONGEST or "\n" in text or "\0" in text or "://" in text:
        return None
    target = text if "/" in text else text.replace("\\", "/")
    row = _candidate(text, target, "", start, end, candidate.container).reference
    if row is not None and row.kind is ReferenceKind.GLOB:
        return None
    return row


def link(destination: str, start: int, end: int, container: str) -> Candidate:
    """Judge a link's destination, percent-decoded; `#x` alone is an anchor in the document."""
    path, _, anchor = destination.partition("#")
    path = path[: path.find("?", 1)] if "?" in path[1:] else path
    target, anchor = (urllib.parse.unquote(row, errors="surrogateescape") for row in (path, anchor))
    if len(destination) > LONGEST or "\0" in target + anchor:
        return Candidate(destination[:LONGEST], start, end, container, None, "too long")
    if re.match(r"[A-Za-z][\w+.-]*:|//", target):
        return Candidate(destination, start, end, container, None, "a URL")
    if not destination:
        return Candidate(destination, start, end, container, None, "empty")
    if _PLACEHOLDER.search(target) or re.search(r"\{[{%]|\$\{|^\$\w", destination):
        return Candidate(destination, start, end, container, None, "a placeholder")
    if not target:
        row = Reference(destination, "", start, end, ReferenceKind.ANCHOR, container, anchor=anchor)
        return Candidate(destination, start, end, container, row)
    return _candidate(destination, target, anchor, start, end, container)


def page(target: str, start: int, end: int, container: str) -> Candidate:
    """Judge the name of a document, mostly without its suffix, that a role or toctree leads to."""
    path = target if target.endswith((".rst", ".md", ".txt")) else f"{target}.rst"
    row = Reference(target, path, start, end, _kind(target), container)
    return Candidate(target, start, end, container, row)


@functools.lru_cache(maxsize=16384)  # documents cite the same paths again and again
def _reason(text: str) -> str:
    if not text or len(text) > LONGEST:
        return "empty" if not text else "too long"
    if absolute(text) and not re.search(r"[\s\"'=;|!&^`]", text):
        return ""
    plain = _DYNAMIC_SEGMENT.sub("x", text)
    if text.isidentifier() and not (text in NAMES and text.endswith("file")):  # `Makefile`
        return "a single word"
    for pattern, reason in _NOT_A_PATH:
        if pattern.search(plain):
            return reason
    if "/" not in text and "\\" not in text and not _bare_name(text):
        return "no slash and no known extension"
    return _late_reason(text, plain)


def _late_reason(text: str, plain: str) -> str:
    plain = _path_part(plain)
    path = without_lines(plain)
    if _MEDIA_TYPE.match(path) and not known_file_name(path):
        return "a media type"
    if ":" in path:
        return "a colon that no line number follows"
    if "\\" in path and not _divided_by_backslashes(path):
        return "an expression"
    if path.startswith("/") and not known_file_name(path.partition("#")[0]):
        return "a route"
    if re.fullmatch(r"\.(?:\w{1,6}\.)?\w+", path) and path.rpartition(".")[2] in EXTENSIONS:
        return SUFFIX_ALONE
    if not _globbing(text) and _UNUSUAL.search(path if known_file_name(path) else plain):
        return "an expression"
    return ""


def _path_part(text: str) -> str:
    """Return a path without the symbol behind it, and with the last of the lines behind it."""
    path = _SYMBOL.sub("", text) if ":" in text else text
    if path != text:
        return path if "/" in path and known_file_name(path) else text
    return with_the_last(text)


def _divided_by_backslashes(path: str) -> bool:
    """Say whether it is a path as Windows writes it, rather than an expression or a user's name."""
    if _REGISTRY.match(path) or not (_BACKSLASHES.match(path) or _BACKSLASH_GLOB.match(path)):
        return False
    return path.endswith("\\") or known_file_name(path.replace("\\", "/"))


def _bare_name(text: str) -> bool:
    name = without_lines(text).partition("#")[0]
    return known_file_name(name) or bool(re.fullmatch(r"\.[a-z][\w.-]+", name))


def _globbing(text: str) -> bool:
    if "*" in text or ("{" in text and _BRACES.search(text)):
        return True
    return "?" in text and bool(_ONE_CHARACTER.search(text)) and known_file_name(text)


def _candidate(
    text: str, target: str, anchor: str, start: int, end: int, container: str
) -> Candidate:
    target = _path_part(target)
    rest, lines = divided(f"#{anchor}" if anchor else target)
    if lines:
        target, anchor = target if anchor else rest, ""
    if _BACKSLASHES.match(target) or _BACKSLASH_GLOB.match(target):
        target = target.replace("\\", "/")
    row = Reference(text, target, start, end, _kind(target), container, lines, anchor)
    return Candidate(text, start, end, container, row)


def _kind(target: str) -> ReferenceKind:
    if _globbing(target):
        return ReferenceKind.GLOB
    if target.endswith("/"):
        return ReferenceKind.FOLDER
    return ReferenceKind.FILE if "/" in target else ReferenceKind.BARE_NAME
