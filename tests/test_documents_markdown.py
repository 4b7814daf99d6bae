"""What Markdown refers to, and where it stands."""

from __future__ import annotations

import pytest

from occ_audit.documents import Document, Places, parse
from occ_audit.model import ReferenceKind


def seen(text: str | bytes, name: str = "notes.md") -> list[tuple[str, str, int, int]]:
    """Return (container, target, line, column) of each reference."""
    document = parse(name, text if isinstance(text, bytes) else text.encode())
    places = Places(document.data)
    return [(row.container, row.target, *places.place(row.start)) for row in document.references]


def only(text: str) -> tuple[str, object]:
    (row,) = parse("notes.md", text.encode()).references
    return row.target, row.lines


def reason(text: str) -> str:
    (row,) = parse("notes.md", text.encode()).candidates
    assert row.reference is None
    return row.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see `docs/a.md`", ("codespan", "docs/a.md", 1, 6)),
        ("see ``docs/a.md``", ("codespan", "docs/a.md", 1, 7)),
        ("see `` docs/a.md ``", ("codespan", "docs/a.md", 1, 8)),
        ("é \u2013 `docs/a.md`", ("codespan", "docs/a.md", 1, 6)),
        ("(docs/a.md, and so on)", ("prose", "docs/a.md", 1, 2)),
        ("in docs/a.md.", ("prose", "docs/a.md", 1, 4)),
        ("in docs/{a,b}.md.", ("prose", "docs/{a,b}.md", 1, 4)),
        ("in docs/a{1..3}.md.", ("prose", "docs/a{1..3}.md", 1, 4)),
        ("`app/$name/a.md`", ("codespan", "app/$name/a.md", 1, 2)),
        ("in **docs/a.md**:", ("prose", "docs/a.md", 1, 6)),
        (r"in docs/a\_b.md", ("prose", "docs/a_b.md", 1, 4)),
        ("[a](docs/a.md)", ("link", "docs/a.md", 1, 5)),
        ("[a](<docs/a b.md> 'title')", ("link", "docs/a b.md", 1, 6)),
        ("[a](docs/a%20b.md?raw=1)", ("link", "docs/a b.md", 1, 5)),
        ("level=info file=docs/a.md, x", ("prose", "docs/a.md", 1, 17)),
        ("Evidence:docs/a.md,", ("prose", "docs/a.md", 1, 10)),
        ("(**See:docs/a.md**)", ("prose", "docs/a.md", 1, 8)),
        ("is it docs/a.md?", ("prose", "docs/a.md", 1, 7)),
        ("[[docs/a.md]]", ("prose", "docs/a.md", 1, 3)),
        ("[docs/a.md]", ("prose", "docs/a.md", 1, 2)),
        ("in <b>docs/a.md</b>", ("prose", "docs/a.md", 1, 7)),
        ("<td><code>docs/a.md</code></td>", ("codespan", "docs/a.md", 1, 11)),
        ("`tests/test_a.py::test_b[c]`", ("codespan", "tests/test_a.py", 1, 2)),
        ("`src/a.go:Run`", ("codespan", "src/a.go", 1, 2)),
        (r"see `src\app\a.cs`", ("codespan", "src/app/a.cs", 1, 6)),
        (r"see `src\app\`", ("codespan", "src/app/", 1, 6)),
        (r"see `src\*\a*.cs`", ("codespan", "src/*/a*.cs", 1, 6)),
        (r"(src\app\a.cs), and", ("prose", "src/app/a.cs", 1, 2)),
        (r"D:\logs\a.log", ("prose", r"D:\logs\a.log", 1, 1)),
        ("[a](docs/a%23b%3F.md#x)", ("link", "docs/a#b?.md", 1, 5)),
        ("![a](img/a.png)", ("image", "img/a.png", 1, 6)),
        ("[a][1]\n\n[1]: docs/a.md", ("link", "docs/a.md", 1, 1)),
        ("<img src='img/a.png'>", ("html", "img/a.png", 1, 11)),
        ("x\n\n- [ ] `docs/a.md`", ("codespan", "docs/a.md", 3, 8)),
        ("a[^1]\n\n[^1]: in `docs/a.md`", ("codespan", "docs/a.md", 3, 11)),
        ("!!! note\n\n    in `docs/a.md`", ("codespan", "docs/a.md", 3, 9)),
        ('??? note "x"\n\n    a\n\n    docs/a.md\n', ("prose", "docs/a.md", 5, 5)),
        ('=== "x"\n\n    `docs/a.md`\n\n        `docs/b.md`', ("codespan", "docs/a.md", 3, 6)),
        ("!!! note\n\n`docs/a.md`\n\n    `docs/b.md`", ("codespan", "docs/a.md", 3, 2)),
        ("## `docs/a.md`", ("codespan", "docs/a.md", 1, 5)),
        ("| a | b |\n|---|---|\n| ü | `docs/a.md` |", ("codespan", "docs/a.md", 3, 8)),
        ("---\nowner: me\ndoc: docs/a.md\n---\n", ("frontmatter", "docs/a.md", 3, 6)),
        ("---\na: see docs/b.md now\n---\n", ("prose", "docs/b.md", 2, 8)),
        ("---\ndoc: 'docs/a.md' # x\n---\n", ("frontmatter", "docs/a.md", 2, 7)),
        ('+++\ndoc = "docs/a.md"\n+++\n', ("frontmatter", "docs/a.md", 2, 8)),
        ('+++\nx = ["docs/a.md"] # "b/c"\n+++\n', ("frontmatter", "docs/a.md", 2, 7)),
        ("+++\nx = [\n  'docs/a.md',\n]\n+++\n", ("frontmatter", "docs/a.md", 3, 4)),
        ("\ufeff`docs/a.md`", ("codespan", "docs/a.md", 1, 2)),
        ("a\r\n`docs/a.md`\r\n", ("codespan", "docs/a.md", 2, 2)),
    ],
)
def test_finds_a_reference_at_its_place(text: str, expected: tuple[str, str, int, int]) -> None:
    assert seen(text) == [expected]


@pytest.mark.parametrize(
    ("text", "target", "lines"),
    [
        ("`docs/a.md:7`", "docs/a.md", (7, 7)),
        ("`docs/a.md:7-9`", "docs/a.md", (7, 9)),
        ("`docs/a.md:7:3`", "docs/a.md", (7, 7)),
        ("`docs/a.md:2,4-5,7-9`", "docs/a.md", (7, 9)),
        ("`app/(shop)/b/a.tsx:7`", "app/(shop)/b/a.tsx", (7, 7)),
        ("`docs/a.md:L7`", "docs/a.md", (7, 7)),
        ("`docs/a.md:L7-L9`", "docs/a.md", (7, 9)),
        ("`app/a.tsx(7,3)`", "app/a.tsx", (7, 7)),
        ("`app/[id]/a.tsx(7,3)`", "app/[id]/a.tsx", (7, 7)),
        ("`a.tsx(7,3)`", "a.tsx", (7, 7)),
        ("app/a.tsx(7,3): error", "app/a.tsx", (7, 7)),
        ("docs/a.md:7\u20139,", "docs/a.md", None),
        ("(docs/a.md:7-9)", "docs/a.md", (7, 9)),
        ("[a](docs/a.md#L7-L9)", "docs/a.md", (7, 9)),
        ("[a](docs/a.md#L7)", "docs/a.md", (7, 7)),
        ("[a](docs/a.md?plain=1#L7)", "docs/a.md", (7, 7)),
        ("Runbook lines 7-9 say so", "", (7, 9)),
        ("Runbook line 7 says so", "", (7, 7)),
    ],
)
def test_reads_cited_lines(text: str, target: str, lines: object) -> None:
    assert only(text) == (target, lines) or (lines is None and only(text)[0] == target)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`make docs/a.md`", "white space: a command or a phrase"),
        ("`rg postgresql://`", "white space: a command or a phrase"),
        ("`https://example.org/a.md`", "a URL"),
        ("[a](https://example.org/a.md)", "a URL"),
        ("`/health`", "a route"),
        ("`/`", "only dots and slashes"),
        ("`#deploy-ops`", "a channel, a ticket or an anchor"),
        ("`@scope/package`", "a package or a handle"),
        ("`origin/main`", "a branch or a ref"),
        ("`application/json`", "a media type"),
        ("`--config/-c`", "an option"),
        ("`v1.2.3`", "a version"),
        ("`example.org/a/b`", "a host"),
        ("`build.example.internal/a/b.json`", "a host"),
        ("`127.0.0.1:8080/a/b.json`", "a host"),
        ("`db:prepare`", "no slash and no known extension"),
        ("`Some::Error`", "no slash and no known extension"),
        ("`KEY=some/value.md`", "an expression"),
        ("`docs/<name>.md`", "a placeholder"),
        ("`docs/f(7,3)`", "an expression"),
        ("`s/http/https/`", "an expression"),
        ("`s/a.md/b.md/g`", "an expression"),
        ("s/old/new/", "an expression"),
        ("`f(7,3)`", "no slash and no known extension"),
        ("`docs/{name}.md`", "a placeholder"),
        ("`docs/$NAME/a.md`", "a placeholder"),
        ("`docs/X.Y.Z/a.md`", "a placeholder"),
        ("~~`docs/a.md`~~", "struck out"),
        ("~~docs/a.md~~", "struck out"),
        ("~~[a](docs/a.md)~~", "struck out"),
        ("`a.b?c.d`", "no slash and no known extension"),
        ("`docs/.../`", "an elision"),
        ("`HEAD:docs/a.md`", "a colon that no line number follows"),
        ("HEAD:docs/a.md", "a colon that no line number follows"),
        ("nas:docs/a.md", "a colon that no line number follows"),
        ("`./a.yml:/etc/a.yml`", "a colon that no line number follows"),
        (r"`HKLM\Software\Example\`", "an expression"),
        (r"`EXAMPLE\ada`", "an expression"),
        (r"`run\d*.log`", "an expression"),
        ("`node_modules/a/b.js`", "inside an installed package"),
        ("`$HOME/a.md`", "begins with an environment variable"),
        ("`.d.ts`", "an extension"),
        ("`.schema.json`", "an extension"),
        ("`Example.Text.Json`", "no slash and no known extension"),
        ("`expect`", "a single word"),
    ],
)
def test_says_why_something_is_no_reference(text: str, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "```\ncat docs/a.md `docs/b.md`\n```",
        "    docs/a.md",
        "<!-- docs/a.md `docs/b.md` -->",
        "x <!-- [a](docs/a.md) -->",
        "<!--\n<img src='img/a.png'>\n-->",
        "see https://example.org/docs/a.md?x=docs/b.md",
        "`TOKEN`/Fly and `/a`/`b`",
        "copy $DIR/docs/a.md or <x>/docs/a.md",
        "[`docs/a.md`](https://example.org/)",
        r"snake\_case.md and EXAMPLE\ada",
        "OUT=docs/a.md --out=docs/b.md x?y=docs/c.md",
        "docs/{a}.md and docs/{a, b} and docs/${a,b}.md",
    ],
)
def test_leaves_code_comments_urls_and_fragments_alone(text: str) -> None:
    assert seen(text) == []


def test_bytes_that_are_no_utf_8_keep_all_places() -> None:
    assert seen(b"\xff\xfe caf\xe9 `docs/a.md`\n") == [("codespan", "docs/a.md", 1, 10)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`docs/a.md|docs/b.md`", [("docs/a.md", 1, 2), ("docs/b.md", 1, 12)]),
        (
            "| a | b |\n|---|---|\n| ü | `docs/a.md\\|docs/b.md` |",
            [("docs/a.md", 3, 8), ("docs/b.md", 3, 19)],
        ),
        ("`docs/a.md:7|docs/a.md:9`", [("docs/a.md", 1, 2), ("docs/a.md", 1, 14)]),
        ("`docs/\na.md|docs/b.md`", []),
        ("`docs/a.md|sort`", []),
        ("`docs/a.md | docs/b.md`", [("docs/a.md", 1, 2), ("docs/b.md", 1, 14)]),
        ("`docs/a.md, b.md and src/`", [("docs/a.md", 1, 2), ("b.md", 1, 13), ("src/", 1, 22)]),
        ("`ü/a.md,b.md`", [("ü/a.md", 1, 2), ("b.md", 1, 9)]),
        ("`cat docs/a.md, docs/b.md`", []),
        ("`docs/a.md docs/b.md`", []),
        ("`a.md, b`", []),
        ("`a|b`", []),
    ],
)
def test_files_to_choose_from_in_one_code_span(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    assert [row[1:] for row in seen(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`docs/\n  a.md`", ["docs/a.md"]),
        ("> `docs/a-\n> b.md:7` x", ["docs/a-b.md"]),
        ("`cat docs/\na.md`", []),
        ("`docs/a.md\nb`", []),
        ("`make -\nx`", []),
    ],
)
def test_a_path_in_a_code_span_goes_on_in_the_next_line(text: str, expected: list[str]) -> None:
    assert [row[1] for row in seen(text)] == expected


def test_unusual_spaces_end_a_path() -> None:
    assert seen("docs/a.md\u202fis 512\u202fMB") == [("prose", "docs/a.md", 1, 1)]


def test_headings_make_sections() -> None:
    document = parse("a.md", b"# One `x`\n\ntext\n\n## Two\nmore\n")
    assert [(row.level, row.title) for row in document.headings] == [(1, "One x"), (2, "Two")]
    assert document.section(14) == (0, 17)
    assert document.section(24) == (17, 29)


def fields(text: str) -> dict[str, str]:
    document: Document = parse("a.md", text.encode())
    return {key: field.value for key, field in document.fields.items()}


def test_front_matter_is_read_raw() -> None:
    text = "---\nepoch: 2025.10\nexpires: 2025-13-40\ntags: [a, b]\nlist:\n  deep: 1\n---\n"
    assert fields(text) == {"epoch": "2025.10", "expires": "2025-13-40"}


def test_broken_front_matter_keeps_its_readable_beginning() -> None:
    assert fields("---\nowner: me\nbad: [\n---\ntext\n") == {"owner": "me"}


def test_hostile_front_matter_is_passed_over_quickly() -> None:
    assert fields("---\na: " + "[" * 60_000 + "\n---\n") == {}


def test_the_number_of_candidates_is_bounded() -> None:
    document = parse("a.txt", b"a/b.md\n" * 200_001)
    assert not document.complete
    assert len(document.candidates) == 200_000


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("`docs/a.md lines 3-9`", (3, 9)),
        ("`docs/a.md, lines 3 to 9`", (3, 9)),
        ("`docs/a.md (line 3)`", (3, 3)),
        ("`docs/a.md L3-L9`", (3, 9)),
        ("`docs/a.md`:3\u20139.", (3, 9)),
        ("`docs/a.md` (L3)", (3, 3)),
        ("`docs/a.md`, #L3-L9", (3, 9)),
        ("`docs/a.md, lines 12, 3-5 and 9`", (9, 9)),
        ("docs/a.md (L3-L9)", (3, 9)),
        ("see docs/a.md, L3", (3, 3)),
        ("`docs/a.md`:10:30", None),
        ("`docs/a.md` :3", None),
        ("`docs/a.md` L3x", None),
    ],
)
def test_lines_may_stand_behind_a_file(text: str, lines: object) -> None:
    assert only(text) == ("docs/a.md", lines)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("lines 3-9", (3, 9)),
        ("line 3", (3, 3)),
        ("line 3 to 9", (3, 9)),
        ("lines 8 and 40", (40, 40)),
        ("Lines 1, 3-5, and 8 through 9", (8, 9)),
        ("line 8 and 40 others", (8, 8)),
    ],
)
def test_words_that_name_lines(words: str, lines: tuple[int, int]) -> None:
    (row,) = parse("notes.md", f"see {words} there".encode()).references
    assert (row.kind, row.lines) == (ReferenceKind.LINES_IN_WORDS, lines)


def test_an_elision_stands_for_any_folders() -> None:
    assert only("`…/x/a.png`") == ("**/x/a.png", None)
    assert only("in .../a.png, too") == ("**/a.png", None)
