"""Writes values into front matter without touching any other byte of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from occ_audit.documents import _frontmatter
from occ_audit.documents._document import Field
from occ_audit.documents._frontmatter import FrontMatter
from occ_audit.errors import AuditError

_TABLE = re.compile(rb"^[ \t]*\[", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BOM = b"\xef\xbb\xbf"


def stamped(
    data: bytes,
    values: Mapping[str, str],
    where: str,
    *,
    add: bool = False,
    begin: bool = False,
) -> bytes:
    """Return the document with these front matter values; quotes, order and comments stay.

    With `add`, keys that are missing are added; with `begin`, to a new front matter where there
    is none. Raises AuditError, which names `where`, for what is missing otherwise and for what
    stands in a form that cannot be replaced safely.
    """
    for key, value in values.items():
        front = _frontmatter.read(data)
        known = front.fields.get(key)
        if key in front.intricate:
            raise _intricate(key, where)
        if known is not None:
            result = _replaced(data, key, known, value, where)
        elif add and (begin or _has_front_matter(data, front)):
            result = _added(data, front, key, value, where)
        else:
            raise _lacking(data, front, key, where)
        _check(data, result, key, value, where)
        data = result
    return data


def _replaced(data: bytes, key: str, known: Field, value: str, where: str) -> bytes:
    start, end = known.start, known.end
    name = re.escape(key.encode())
    head = data[data.rfind(b"\n", 0, start) + 1 : start]
    match = re.fullmatch(rb"[ \t]*([\"']?)" + name + rb"\1[ \t]*[:=][ \t]*([\"']?)", head)
    if match and b"\n" not in data[start:end]:
        if quote := match[2]:
            if data[end : end + 1] == quote:
                return data[:start] + value.encode() + data[end:]
        elif data[start:end] == known.value.encode():
            space = b"" if head.endswith((b" ", b"\t")) else b" "
            return data[:start] + space + _plain(value, toml=_is_toml(data)) + data[end:]
    raise _intricate(key, where)


def _added(data: bytes, front: FrontMatter, key: str, value: str, where: str) -> bytes:
    end_of_line = b"\r\n" if b"\r\n" in data[: data.find(b"\n") + 1] else b"\n"
    if not _has_front_matter(data, front):
        if data[front.body :].startswith((b"---", b"+++")):
            raise _unreadable(where)
        head = f"---\n{key}: {value}\n---\n".encode().replace(b"\n", end_of_line)
        return data[: front.body] + head + data[front.body :]
    place = data.rfind(b"\n", 0, front.body - 1) + 1
    if not _is_toml(data):
        line = f"{key}: {value}".encode()
    else:
        line = key.encode() + b" = " + _plain(value, toml=True)
        table = _TABLE.search(data, 0, place)
        place = table.start() if table else place
    return data[:place] + line + end_of_line + data[place:]


def _plain(value: str, *, toml: bool) -> bytes:
    """Return a value as it is written without quotes, where it may be."""
    return (f'"{value}"' if toml and not _DATE.fullmatch(value) else value).encode()


def _check(before: bytes, after: bytes, key: str, value: str, where: str) -> None:
    """Make sure that the result reads as meant: one value is new, all else as it was."""
    old, new = _frontmatter.read(before), _frontmatter.read(after)
    expected = {name: row.value for name, row in old.fields.items()} | {key: value}
    same_body = before[old.body :] == after[new.body :]
    if not same_body or {name: row.value for name, row in new.fields.items()} != expected:
        raise _unreadable(where)
    if _is_toml(after):
        import tomllib  # no other document needs it

        try:
            found = tomllib.loads(after[: new.body].decode("utf-8-sig").strip("+\r\n \t"))
        except ValueError:
            raise _unreadable(where) from None
        if key not in old.fields and str(found.get(key)) != value:
            raise _unreadable(where)  # it landed in a text or list of several lines


def _is_toml(data: bytes) -> bool:
    return data.removeprefix(_BOM).startswith(b"+++")


def _has_front_matter(data: bytes, front: FrontMatter) -> bool:
    return front.body > len(_BOM) or (front.body > 0 and not data.startswith(_BOM))


def _intricate(key: str, where: str) -> AuditError:
    return AuditError(
        f"`{key}` is written in a form that is not replaced",
        where=where,
        mend=f"Write it once, on one line of its own, for example `{key}: TBD`.",
    )


def _lacking(data: bytes, front: FrontMatter, key: str, where: str) -> AuditError:
    if not _has_front_matter(data, front):
        return AuditError(
            "the document has no front matter",
            where=where,
            mend="Begin it with one, or let --add do that (in Markdown).",
        )
    return AuditError(
        f"the front matter has no `{key}`",
        where=where,
        mend="Add the key, let --add do that, or name other keys with --key.",
    )


def _unreadable(where: str) -> AuditError:
    return AuditError(
        "the front matter cannot be read as YAML or TOML to its end",
        where=where,
        mend="Correct it first: a line `---` (TOML: `+++`) begins and ends it.",
    )
