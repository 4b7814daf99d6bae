"""Plain text, reStructuredText, AsciiDoc and notebooks."""

from __future__ import annotations

import json

import pytest

from occ_audit.documents import Places, parse


def seen(name: str, data: bytes) -> list[tuple[str, int, int]]:
    document = parse(name, data)
    places = Places(data)
    return [(row.target, *places.place(row.start)) for row in document.references]


@pytest.mark.parametrize("name", ["a.txt", "a.rst", "a.adoc", "run.log", "NOTES"])
def test_text_has_literals_and_words_with_a_slash(name: str) -> None:
    text = "see ``docs/a.md`` and `docs/b.md`,\nor docs/c.md:3. `X`/y\n"
    assert seen(name, text.encode()) == [
        ("docs/a.md", 1, 7),
        ("docs/b.md", 1, 24),
        ("docs/c.md", 2, 4),
    ]


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("as_list", [True, False])
def test_a_notebook_gives_the_places_in_its_own_json(ensure_ascii: bool, as_list: bool) -> None:
    lines = ["# Títle\n", 'a "quoted" é 𝄞 word, then `docs/a.md` twice: `docs/a.md`\n']
    source = lines if as_list else "".join(lines)
    cells = [
        {"cell_type": "code", "source": ["open('docs/code.md')\n"], "outputs": []},
        {"cell_type": "markdown", "source": source},
    ]
    data = json.dumps({"cells": cells}, indent=1, ensure_ascii=ensure_ascii).encode()
    rows = list(parse("a.ipynb", data).references)
    assert [data[row.start : row.end] for row in rows] == [b"docs/a.md", b"docs/a.md"]
    assert rows[0].start < rows[1].start


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"cells": 3}', b"[" * 100_000])
def test_a_broken_notebook_has_no_references(data: bytes) -> None:
    assert seen("a.ipynb", data) == []
