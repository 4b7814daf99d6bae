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


def test_command_lines_in_text_are_a_transcript() -> None:
    text = b"seen docs/a.md\n  $ cat docs/b.md\n$5 for docs/c.md\n"
    assert [target for target, *_ in seen("run.log", text)] == ["docs/a.md", "docs/c.md"]
    document = parse("run.log", text, transcripts=True)
    assert [row.target for row in document.references] == ["docs/a.md", "docs/b.md", "docs/c.md"]


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


RST = b"""\
Title
=====

See `x <docs/a.md>`_, :doc:`guide/x`, ``docs/b.md`` and docs/c.md.

.. image:: img/a.png
.. literalinclude:: src/a.py
   :lines: 3

.. a comment on docs/no.md
   and docs/no.md

.. code-block:: sh

   cat docs/no.md

Run this::

   cat docs/no.md

docs/d.md

.. csv-table:: x
   :file: out/a.csv
"""


def test_restructuredtext_has_links_and_directives_but_no_literal_blocks() -> None:
    assert seen("a.rst", RST) == [
        ("docs/a.md", 4, 9),
        ("guide/x.rst", 4, 29),
        ("docs/b.md", 4, 41),
        ("docs/c.md", 4, 57),
        ("img/a.png", 6, 12),
        ("src/a.py", 7, 21),
        ("docs/d.md", 21, 1),
        ("out/a.csv", 24, 11),
    ]
    assert [(row.level, row.title) for row in parse("a.rst", RST).headings] == [(1, "Title")]


ADOC = b"""\
= Title

link:docs/a.md[x], xref:b.adoc#part[y], <<c.adoc#part,z>> and `docs/d.md`
include::e.adoc[]
// docs/no.md

----
docs/no.md
----
== More
image::img/a.png[]
image::floor plan.svg[x]
"""


def test_asciidoc_has_macros_but_no_listings() -> None:
    assert seen("a.adoc", ADOC) == [
        ("docs/a.md", 3, 6),
        ("b.adoc", 3, 25),
        ("c.adoc", 3, 43),
        ("docs/d.md", 3, 64),
        ("e.adoc", 4, 10),
        ("img/a.png", 11, 8),
        ("floor plan.svg", 12, 8),
    ]
    headings = parse("a.adoc", ADOC).headings
    assert [(row.level, row.title) for row in headings] == [(1, "Title"), (2, "More")]


def test_asciidoc_literals_that_pass_through() -> None:
    text = b"See `+docs/a.md+`, `docs/b.md` and ``+docs/c.md:7+``.\n"
    assert seen("a.adoc", text) == [
        ("docs/a.md", 1, 7),
        ("docs/b.md", 1, 21),
        ("docs/c.md", 1, 39),
    ]


def test_asciidoc_places_that_only_its_processor_knows_are_left_alone() -> None:
    text = b"""\
:docs: guide
link:{docs}/a.adoc[x] and xref:ROOT:b.adoc[y] and `{docdir}/c.adoc`
include::{docs}/d.adoc[]
include::partial$e.adoc[]
image::example$f.png[]
"""
    assert seen("a.adoc", text) == []


def test_labels_of_restructuredtext_are_no_files() -> None:
    text = b"See :ref:`label`, :ref:`text <some/label.md>` and :doc:`x <guide/x>`.\n\n.. _label:\n"
    assert seen("a.rst", text) == [("guide/x.rst", 1, 60)]


def test_comments_of_source_files_have_references_but_strings_and_code_have_none() -> None:
    python = b'x = "docs/no.md"  # see docs/a.md:3\nopen(docs/no.md)\n'
    assert seen("a.py", python) == [("docs/a.md", 1, 25)]
    script = b"const u = 'http://x/docs/no.md'; // docs/a.md\n/* in\n * `docs/b.md` */\n"
    assert seen("a.ts", script) == [("docs/a.md", 1, 37), ("docs/b.md", 3, 5)]


def test_a_line_that_begins_with_a_day_begins_an_entry() -> None:
    top = parse("run.log", b"2031-05-03 One\r\nx\r\n\r\n2031-05-02 Two\r\nx\r\n").headings
    assert [row.title for row in top] == ["2031-05-03 One", "2031-05-02 Two"]
    text = b"log\n\n2031-05-02 10:00 UTC Deploy\ndocs/a.md\n2031-05-02 no entry\n"
    (heading,) = parse("run.log", text).headings
    assert (heading.title, heading.start) == ("2031-05-02 10:00 UTC Deploy", 5)
