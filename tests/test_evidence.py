"""What the evidence audit reports, and about what it keeps quiet."""

from __future__ import annotations

import time

import pytest
from evidence_trees import HEAD, RULES, MemoryTree, audit, lines_of, log, told

from occ_audit.checks._evidence.paths import Paths
from occ_audit.checks.evidence import EvidenceCheck
from occ_audit.model import Severity
from occ_audit.reading import Coverage
from occ_audit.settings import Config, EvidenceConfig

LOG = """\
---
doc: log.md
owner: ops
---

# Status

## 2031-05-02 Release check (10:15 UTC)
- Saved the transcript in `artifacts/ci/2031-05-02/run-20310502T1012Z.log`.
- Reviewed `docs/directions/ops.md`; QA/support and infra/compliance agree, N/A for sales.
- Directions lines 3-5 say so; see also docs/directions/ops.md:4-6, docs/runbook.md:2.
- Evidence of the day: `artifacts/ci/2031-05-02/`.
- Compare with `run-20310502T1012Z.log` and read `config/routes.rb` inside the container.

## 2031-05-01 Kickoff
| Item | State |
| --- | --- |
| Client | typed (`app/client.test.ts`), suite to be authored (`app/suite.test.ts`) |
- Ran `fly deploy --app example`; `/health` and `/` fail with `Some::Error`, `db:migrate` too.
- Secrets are in `vault/ops/token.env` and `.env.staging`; ask in `#ops`/`#dev`.
"""

CITED = {
    "artifacts/ci/2031-05-02/run-20310502T1012Z.log": "ok\n",
    "docs/directions/ops.md": "line\n" * 6,
    "docs/runbook.md": "line\n" * 2,
    "app/client.test.ts": "test\n",
}


def test_a_log_without_any_of_its_evidence() -> None:
    assert sorted(told({"log.md": LOG})) == [
        "log.md:10:13 evidence-missing docs/directions/ops.md is cited but does not exist",
        "log.md:11:14 evidence-missing docs/directions/ops.md is cited but does not exist",
        "log.md:11:41 evidence-missing docs/directions/ops.md is cited but does not exist",
        "log.md:11:69 evidence-missing docs/runbook.md is cited but does not exist",
        "log.md:12:25 evidence-missing artifacts/ci/2031-05-02/ is cited but does not exist",
        "log.md:13:17 evidence-missing artifacts/ci/2031-05-02/run-20310502T1012Z.log"
        " is cited but does not exist",
        "log.md:18:20 evidence-missing app/client.test.ts is cited but does not exist",
        "log.md:18:65 evidence-planned app/suite.test.ts is cited as planned and does not exist"
        ' yet ("to be authored")',
        "log.md:9:28 evidence-missing artifacts/ci/2031-05-02/run-20310502T1012Z.log"
        " is cited but does not exist",
    ]


def test_a_log_with_all_of_its_evidence_is_clean() -> None:
    assert [row.rule_id for row in audit(MemoryTree({"log.md": LOG, **CITED}))] == [
        "evidence-planned"
    ]


def test_places_of_one_document_and_target_are_one_finding() -> None:
    (finding,) = audit(MemoryTree(log("`docs/a.md`\n\nagain `docs/a.md:7-9`\n")))
    assert [(row.line, row.column, row.end_column) for row in finding.locations] == [
        (5, 2, 11),
        (7, 8, 21),
    ]
    assert finding.severity is Severity.HIGH
    assert finding.locations[1].excerpt == "again `docs/a.md:7-9`"
    assert finding.properties == {
        "target": "docs/a.md",
        "document": "log.md",
        "reason": "nothing of that name exists",
        "next_step": "Commit it, correct the reference, or mark it as planned.",
        "cited_lines": ["7-9"],
    }


@pytest.mark.parametrize(
    ("cited", "message"),
    [
        ("`docs/a.md:4`", "docs/a.md: line 4 cited, but the file has 3 lines"),
        ("`docs/a.md:2-4`", "docs/a.md: lines 2-4 cited, but the file has 3 lines"),
        ("`docs/a.md:3-2`", "docs/a.md: lines 3-2 cited, but the range is inverted"),
        ("`docs/a.md:0`", "docs/a.md: line 0 cited, but lines count from 1"),
        ("[a](docs/a.md#L2-L9)", "docs/a.md: lines 2-9 cited, but the file has 3 lines"),
    ],
)
def test_lines_beyond_the_file(cited: str, message: str) -> None:
    (line,) = told(log(f"{cited}\n", **{"docs/a.md": "1\n2\n3\n"}))
    assert line.partition(" evidence-lines ")[2] == message


@pytest.mark.parametrize("text", ["1\n2\n3\n", "1\n2\n3", "1\r\n2\r\n3\r\n"])
def test_the_last_line_counts_with_and_without_its_end(text: str) -> None:
    assert told(log("`docs/a.md:3`\n", **{"docs/a.md": text})) == []
    assert len(told(log("`docs/a.md:4`\n", **{"docs/a.md": text}))) == 1


def test_lines_in_words_belong_to_the_document_named_before_in_the_section() -> None:
    files = {"docs/runbook.md": "1\n"}
    text = "See `docs/runbook.md`.\nRunbook lines 2-3 say so.\n"
    (line,) = told(log(text, **files))
    assert line == (
        "log.md:6:9 evidence-lines docs/runbook.md: lines 2-3 cited, but the file has 1 line"
    )
    assert told(log("See `docs/runbook.md`.\n\n## Next\nRunbook lines 2-3.\n", **files)) == []


@pytest.mark.parametrize(
    "text",
    [
        "See lines 7-9 of `docs/runbook.md`.",
        "See lines 7-9 in the [runbook](docs/runbook.md).",
        "As `docs/runbook.md` (lines 7-9) says.",
        "In `docs/runbook.md`, on lines 7-9.",
        "`docs/runbook.md` is new. Lines 7-9 of the runbook are not.",
    ],
)
def test_lines_in_words_beside_their_document(text: str) -> None:
    files = {"docs/runbook.md": "one\ntwo\nthree\n"}
    [message] = told(log(f"{text}\n", **files))
    assert "7-9" in message
    assert "has 3 lines" in message
    assert told(log(f"{text}\n".replace("7-9", "1-2"), **files)) == []


def test_lines_in_words_beside_a_document_that_is_named_from_here() -> None:
    text = (
        "`../docs/runbook.md`, lines 1-2; `runbook.md` (line 2); [x](../docs/runbook.md) line 1\n"
    )
    files = {"docs/runbook.md": "one\n", "logs/log.md": HEAD + text}
    [*found] = (line.partition(" ")[0] for line in told(files) if "evidence-lines" in line)
    assert found == ["logs/log.md:5:23", "logs/log.md:5:48"]


def test_lines_in_words_of_something_else() -> None:
    files = {"docs/runbook.md": "one\n"}
    trace = 'File "/usr/lib/python3.11/json/decoder.py", line 44, in decode\n'
    assert [row.rule_id for row in audit(MemoryTree(log(trace)))] == ["evidence-machine-path"]
    text = "`docs/runbook.md` is new. It made the script print lines 7-9 of output once more.\n"
    assert told(log(text, **files)) == []


def test_a_bare_name_is_looked_for_in_the_folders_that_its_section_names() -> None:
    files = {"out/x/run.log": "1\n", "out/y/run.log": "1\n2\n3\n"}
    text = "See `out/y/`, lines `run.log:3`.\n\n## Next\nSee `out/x/`: `run.log:2`.\n"
    assert told(log(text, **files)) == [
        "log.md:8:16 evidence-lines out/x/run.log: line 2 cited, but the file has 1 line"
    ]


def test_what_is_on_disk_only() -> None:
    tree = MemoryTree(
        log("`docs/a.md`, `out/b.log`, `out/`\n", **{"docs/a.md": "x", "out/c.log": "x"}),
        untracked=frozenset({"docs/a.md", "out/c.log"}),
        ignored_paths=frozenset({"out/b.log"}),
    )
    end = "is cited but not in git: a fresh clone will not have it"
    assert lines_of(audit(tree)) == [
        f"log.md:5:2 evidence-untracked docs/a.md {end}",
        f"log.md:5:15 evidence-untracked out/b.log {end}",
        f"log.md:5:28 evidence-untracked out/ {end}",
    ]
    steps = [row.properties["next_step"] for row in audit(tree)]
    assert steps[:2] == ["Run `git add -- docs/a.md`.", "Run `git add -f -- out/b.log`."]


def test_a_folder_with_nothing_but_its_keeper_is_empty() -> None:
    assert told(log("`out/`\n", **{"out/.gitkeep": ""})) == [
        "log.md:5:2 evidence-empty-folder out/ is cited but holds no evidence"
        " (the folder holds no evidence)"
    ]


@pytest.mark.parametrize(
    "name",
    [".env.example", ".env.example.openshift", ".env-sample", ".env.prod.template", ".env.dist"],
)
def test_examples_of_settings_are_no_vault(name: str) -> None:
    assert told(log("Nothing.\n", **{name: "x"})) == []
    assert len(told(log("Nothing.\n", **{".env.openshift": "x"}))) == 1


def test_a_vault_path_must_not_be_tracked_and_need_not_exist() -> None:
    text = "`vault/a.env` and `.env.local`, not `.env.example`\n"
    assert told(log(text, **{".env.example": "x"})) == []
    assert told(log(text, **{".env.example": "x", "vault/a.env": "x"})) == [
        "log.md:5:2 evidence-vault-tracked vault/a.env must never be in git, but git tracks it"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "suite to be authored (`docs/a.md`)",
        "`docs/a.md` (pending)",
        "`docs/a.md` — placeholder",
        "`docs/a.md` is still to be written by Ada",
        "pending: `docs/a.md`",
        "`docs/a.md` is still pending.",
        "`docs/a.md` will follow",
        "pending:\n\n- `docs/a.md`",
        "**Pending:**\n1. `docs/a.md`",
        "To be written:\n\n1. `docs/a.md`",
        "- `docs/a.md`\n  (pending)",
        "| what | state |\n|---|---|\n| `docs/a.md` | planned |",
        "| state | what |\n|---|---|\n| **TBD** | `docs/a.md` |",
        "| what | owner | state |\n|---|---|---|\n| `docs/a.md` | Ada | planned |",
        "`docs/a.md` (not yet there)",
        "`docs/a.md` does not exist yet",
    ],
)
def test_planned_evidence_is_not_missing(text: str) -> None:
    assert [row.rule_id for row in audit(MemoryTree(log(text)))] == ["evidence-planned"]


@pytest.mark.parametrize(
    "text",
    [
        "(`docs/a.md`) and the CLI placeholder",
        "staged placeholder `docs/a.md`",
        "pending items aside, see `docs/a.md`",
        "`docs/a.md` (pending acknowledgement by ops)",
        "`docs/a.md` is pending approval",
        "- `docs/a.md`\n- pending: something else",
        "- something else: pending\n- `docs/a.md`",
        "* something else (to be written)\n* `docs/a.md`",
        "See `docs/a.md`\n\nTo be written: something else",
        "- `docs/a.md`\n\n## Planned: something else",
        "| what |\n|---|\n| `docs/a.md` |\n| pending |",
        "| pending |\n|---|\n| `docs/a.md` |",
        "| `docs/a.md` | done | out/log.md | planned |\n|---|---|---|---|",
        "| `docs/a.md` | planned by Ada | done |\n|---|---|---|",
    ],
)
def test_words_nearby_do_not_make_it_planned(text: str) -> None:
    tree = MemoryTree(log(text, **{"out/log.md": "x"}))
    assert [row.rule_id for row in audit(tree)] == ["evidence-missing"]


@pytest.mark.parametrize(
    "text",
    [
        "There is no `docs/a.md`, since nothing came up.",
        "There is no `docs/b.md` or `docs/a.md`.",
        "We deleted `docs/a.md` on purpose.",
        "`docs/a.md` was deleted on purpose",
        "`docs/a.md` has been removed.",
        "`docs/a.md` is gone.",
        "`docs/a.md` (missing)",
        "~~`docs/a.md`~~, ~~`docs/a (copy).md`~~",
        "Not applicable: `docs/a.md` does not exist.",
        "| what | state |\n|---|---|\n| `docs/a.md` | removed |",
    ],
)
def test_what_is_said_to_be_absent_is_not_missing(text: str) -> None:
    assert told(log(text, **{"docs/b.md": "x"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no doubt, see `docs/a.md`",
        "We deleted the cache: `docs/a.md`",
        "`docs/a.md` (deleted lines are red)",
        "`docs/a.md`: removed the flag",
        "missing `docs/a.md`",
        "Removed `docs/a.md`",
        "We removed `docs/b.md`; see `docs/a.md`",
        "| `docs/a.md` | missing values |\n|---|---|",
        "[the plan](docs/a.md) does not exist",
        "The flag was removed (`docs/a.md`)",
        "Nothing is missing: `docs/a.md`",
        "`docs/a.md` was moved into place",
        "`docs/b.md` was deleted: `docs/a.md`",
    ],
)
def test_words_nearby_do_not_make_it_absent(text: str) -> None:
    (line,) = told(log(text, **{"docs/b.md": "x"}))
    assert " evidence-missing docs/a.md is cited" in line


def test_the_message_says_what_was_probably_meant() -> None:
    files = {"docs/Setup.md": "x", "docs/install.md": "x", "notes/unique.md": "x"}
    text = "`docs/setup.md`\n`docs/instal.md`\n`docs/unique.md`\n"
    assert [line.partition(" evidence-missing ")[2] for line in told(log(text, **files))] == [
        "docs/setup.md is cited but does not exist (differs only in case from docs/Setup.md)",
        "docs/instal.md is cited but does not exist (did you mean docs/install.md?)",
        "docs/unique.md is cited but does not exist (did you mean notes/unique.md?)",
    ]


@pytest.mark.parametrize(
    "cited",
    [
        "`docs/*.md`",
        "`docs/{a,b}.md`",
        "`docs/{a..c}.md`",
        "docs/run-0{8..9}.md",
        "`docs/run-{08..11}.md`",
        "`docs/run-{1..99999}.md`",
        "`docs/run-{01..30}{0..30}.md`",
        "`docs/run-0[89].md`",
        "`docs/run-0?.md`",
        "`docs/?.md`",
        "`docs/x[y].md`",
        "`**/a.md`",
        "`./docs/a.md`",
        "`/docs/a.md`",
        "`docs`",
        "`link/a.md`",
        "`a.md`",
        "[x](docs/a.md#a-heading)",
    ],
)
def test_what_exists_in_some_way(cited: str) -> None:
    tree = MemoryTree(
        log(cited, **{"docs/a.md": "# A heading\n", "docs/run-09.md": "x", "docs/x[y].md": "x"}),
        links={"link": "docs"},
        submodules=frozenset({"module"}),
    )
    assert audit(tree) == []


@pytest.mark.parametrize("degree", [HEAD, ""])
@pytest.mark.parametrize("cited", ["[x](../)", "[x](..)", "[x](/)", "`../`"])
def test_the_root_of_the_repository_exists(cited: str, degree: str) -> None:
    head = degree.replace("log.md", "docs/log.md")
    assert told({"docs/log.md": f"{head}{cited}\n"}) == []


@pytest.mark.parametrize(
    "cited",
    [
        "`docs/*.txt`",
        "`docs/{b,c}.md`",
        "docs/{b,c}.md",
        "`docs/{b..d}.md`",
        "`docs/run-0{1..3}.md`",
        "`docs/[bc].md`",
        "`docs/run-0[12].md`",
        "`docs/run-?.md`",
        "`docs/??.md`",
        "`link/b.md`",
        "`docs/a.md/`",
        "`b.md`",
        "`app/Button.js`",
    ],
)
def test_what_does_not_exist(cited: str) -> None:
    files = {"docs/a.md": "x", "docs/run-09.md": "x"}
    tree = MemoryTree(log(cited, **files), links={"link": "docs"})
    assert [row.rule_id for row in audit(tree)] == ["evidence-missing"]


@pytest.mark.parametrize(
    "name", ["out/run 1 (copy).png", "app/(shop)/page.ts", "out/100%.md", "out/a#3.png", "LICENSE"]
)
def test_an_unusual_name_counts_where_it_is_there(name: str) -> None:
    tree = MemoryTree(log(f"`{name}`\n", **{name: ""}))
    assert [row.properties["target"] for row in audit(tree)] == [name]
    assert audit(MemoryTree(log(f"`{name}`\n", **{name: "x"}))) == []


@pytest.mark.parametrize(
    ("cited", "target"),
    [
        ("`out/run 2.png`", "out/run 2.png"),
        ("`out/run 1.png:7`", "out/run 1.png"),
        (r"`out\run 2.png`", "out/run 2.png"),
        ("`cat out/b.md`", ""),
        ("`out/tool check a.yml`", ""),
        ("`out/tools check -v a.yml`", ""),
        ("`out/a.md out/b.md`", ""),
        ("`new/run 2.png`", ""),
    ],
)
def test_a_name_with_spaces_is_told_from_a_command(cited: str, target: str) -> None:
    files = {"out/run 1.png": "x", "out/tool": "x", "out/a.md": "x"}
    found = audit(MemoryTree(log(f"{cited}\n", **files)))
    assert [row.properties["target"] for row in found] == ([target] if target else [])
    assert told({"README.md": f"{cited}\n".replace(":7", ""), **files}) == []


@pytest.mark.parametrize(
    ("cited", "reported"),
    [
        ("`out/run[2].json`", True),
        ("`out/run(2).json`", True),
        ("`out/a=b,c.json:7`", True),
        ("`out/run(a.json)`", False),
        ("`run(out/b.json)`", False),
        ("`X=out/b.json`", False),
        ("`new/run[2].json`", False),
    ],
)
def test_a_name_with_marks_counts_where_its_folder_is_there(cited: str, reported: bool) -> None:
    found = audit(MemoryTree(log(f"{cited}\n", **{"out/run[1].json": "x"})))
    assert [row.rule_id for row in found] == ["evidence-missing"] * reported
    assert told({"README.md": cited.replace(":7", ""), "out/run[1].json": "x"}) == []


def test_front_matter_names_a_file_with_spaces() -> None:
    text = "---\ndoc: log.md\nowner: ops\nproof: out/run 2.png\n---\n"
    assert [row.partition(" is")[0] for row in told({"log.md": text, "out/run 1.png": "x"})] == [
        "log.md:4:8 evidence-missing out/run 2.png"
    ]


def test_paths_outside_of_the_repository() -> None:
    tree = MemoryTree(
        log("`/home/ada/run.log`, `../../other/a.md`, `out/run.log`\n"), links={"out": "/mnt/out"}
    )
    assert lines_of(audit(tree)) == [
        "log.md:5:2 evidence-machine-path /home/ada/run.log is cited but lies outside the"
        " repository (a path of some machine)",
        "log.md:5:23 evidence-outside ../../other/a.md is cited but lies outside the"
        " repository (leads out of the repository)",
        "log.md:5:43 evidence-outside out/run.log is cited but lies outside the"
        " repository (a symbolic link leads to /mnt/out)",
    ]


def test_a_path_of_a_machine_that_is_named_beside_it_is_no_evidence_of_ours() -> None:
    text = "in the container `/var/log/a.log`; `/srv/b.log` on the server; on a box `/srv/c.log`\n"
    (line,) = told(log(text))
    assert "evidence-machine-path /srv/c.log" in line


# Ordinary documents


def test_an_ordinary_document_claims_what_the_repository_vouches_for() -> None:
    files = {"src/main.py": "x", "docs/guide.md": "x"}
    text = "`src/old.py`, [x](docs/gone.md), lib/other.py, `lib/x.py`, `README.rst`, src/utils\n"
    assert told({"README.md": text, **files}) == [
        "README.md:1:2 reference-doubtful src/old.py is cited but does not exist",
        "README.md:1:19 reference-missing docs/gone.md is cited but does not exist",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "`src/foo.py`",
        "`src/myapp/pkg/deep.py`",
        "`DOCS/`",
        "[x]($DOCS/a.md)",
        "for example `src/some.py`",
        "create a file `src/some.py`",
        "do not add `src/some.py`",
        "never use or commit `src/some.py`",
        "do **not** create or maintain `src/some.py`",
        "removed `src/some.py`",
        "removed `src/main.py` and `src/some.py`",
        "sign `src/some.py`, for example, or",
        "the old `src/old/pkg/deep.py` is in `src/pkg/deep.py`",
        "`src/old/pkg/deep.py` was merged into `src/pkg/deep.py`",
        "`a/src/main.py` and `b/src/main.py`",
        "`pkg/`",
        "`build/out.js`",
        "`pkg/deep.py`",
        "[page](/guide/start)",
        "[page](guide)",
        "[page](docs/guide.html)",
        "Node.js/JavaScript and src/Node.js",
        "`../../issues`",
    ],
)
def test_an_ordinary_document_is_taken_loosely(text: str) -> None:
    files = {
        "src/main.py": "x",
        "src/pkg/deep.py": "x",
        "docs/guide.md": "x",
        "build/keep": "x",
        ".gitignore": "build/*.js\n",
    }
    assert told({"README.md": text, **files}) == []


@pytest.mark.filterwarnings("error")
def test_a_line_of_a_gitignore_file_that_is_no_pattern_is_passed_over() -> None:
    ignored = "[z-a]\n[[a--b]\n!\nbuild/*.js\n"
    assert told({"README.md": "`build/app.js`", "build/keep": "x", ".gitignore": ignored}) == []


def test_an_ordinary_document_claims_what_differs_in_its_case_or_begins_with_a_dot() -> None:
    files = {".ci/build.yml": "x", "src/app.ts": "x", "src/Button.ts": "x"}
    text = "`.ci/deploy.yml`, `Src/app.ts`, `src/Panel.ts`, src/Node.js, `./.ci/build.yml`\n"
    assert told({"README.md": text, **files}) == [
        "README.md:1:2 reference-doubtful .ci/deploy.yml is cited but does not exist",
        "README.md:1:20 reference-missing Src/app.ts is cited but does not exist (differs only in"
        " case from src/app.ts)",
        "README.md:1:34 reference-doubtful src/Panel.ts is cited but does not exist",
    ]


def test_a_name_without_its_suffix_is_found() -> None:
    files = {"docs/README.rst": "x", "guide/page.rst": "x", "guide/sub/a.rst": "x"}
    text = ":doc:`page`, :doc:`/page`, :doc:`/sub/a`, :doc:`elsewhere`, `docs/README`\n"
    assert told({"guide/sub/b.rst": text.replace(":doc:`page`, ", ""), **files}) == []
    assert told({"guide/b.rst": text, **files}) == []


def test_a_path_like_one_elsewhere_is_surely_meant_if_it_is_deep_or_only_misspelt() -> None:
    files = {"src/app/test_settings.py": "x", "src/core/rules/rule.py": "x", "src/a_b.py": "x"}
    text = "`src/test_settings.py`, `src/old/rules/rule.py`, `src/a-b.py`\n"
    assert [row.partition(" is ")[0] for row in told({"README.md": text, **files})] == [
        "README.md:1:2 reference-doubtful src/test_settings.py",
        "README.md:1:26 reference-missing src/old/rules/rule.py",
        "README.md:1:51 reference-missing src/a-b.py",
    ]


@pytest.mark.parametrize("text", ["rewrite `src/some.py`", "unlike `src/some.py`", "<src/some.py>"])
def test_words_that_make_no_example(text: str) -> None:
    (line,) = told({"README.md": text, "src/main.py": "x"})
    assert " reference-doubtful src/some.py is" in line


def test_the_suffix_of_a_document_may_be_in_capitals() -> None:
    assert len(told({"README.MD": "[x](docs/a.md)\n", "docs/b.md": "x"})) == 1


def test_a_change_log_tells_of_the_past() -> None:
    text = "# 1.1 (2031-05-02)\n`src/old.py`\n# 1.0 (2031-05-01)\n`src/older.py`\n"
    for name in (
        *("docs/release-1.2.md", "releases/v2.md", "RELEASE.md", "docs/release_notes.md"),
        *("release/1.2-notes.rst", "doc/upcoming_changes/1.change.rst"),
    ):
        assert told({name: text, "src/main.py": "x"}) == []
    assert len(told({"RELEASE_CHECKLIST.md": "`src/old.py`\n", "src/main.py": "x"})) == 1


def test_whoever_follows_a_link_does_so_now_and_finds_what_lies_there() -> None:
    files = {"src/main.py": "x", "docs/LICENSE": "x", "docs/b.md": "x"}
    text = "[a](docs/a.md), [license](LICENSE), [b](docs/b.md#no) and `LICENSE`\n"
    expected = [
        "reference-missing docs/a.md is cited but does not exist",
        "reference-missing LICENSE is cited but does not exist (did you mean docs/LICENSE?)",
        "reference-anchor docs/b.md#no: there is no such heading (no heading makes it)",
    ]
    for name in ("README.md", "CHANGELOG.md"):
        assert [row.partition(" ")[2] for row in told({name: text, **files})] == expected
    assert told({"vendor/x/CHANGELOG.md": text, **files}) == []


def test_test_data_tells_nothing_of_the_repository() -> None:
    assert told({"tests/golden/report.md": "`src/old.py`", "src/main.py": "x"}) == []


def test_dated_entries_make_an_evidence_document() -> None:
    text = "# Log\n\n## 2031-05-02 Two\n`any/a.md`\n\n## 2031-05-01 One\n"
    assert told({"notes.md": text}) == [
        "notes.md:4:2 evidence-missing any/a.md is cited but does not exist"
    ]


@pytest.mark.parametrize(
    "day",
    [
        "2031-05-02T10:15:30Z",
        "[2031-05-02 10:15+00:00] Check",
        "2031/05/02, 10:15 UTC",
        "May 2nd, 2031, 10:15 GMT",
        "Check of 2 May 2031 (10:15 UTC)",
    ],
)
def test_a_day_and_its_time_in_the_heading_of_an_entry(day: str) -> None:
    text = f"# Log\n\n## {day}\n`out/20310502T1200Z.log`\n\n## 2031-05-01\n`docs/b.md`\n"
    assert sorted(line.partition(" is ")[2] for line in told({"log.md": text})) == [
        "cited but does not exist",
        "cited but does not exist",
        "of 2031-05-02 12:00, later than the entry of 2031-05-02 10:15",
    ]


@pytest.mark.parametrize("title", ["2.1.0 (May 2, 2031)", "Maybe 5 2031", "2031-13-40", "May 2031"])
def test_a_heading_that_begins_no_entry(title: str) -> None:
    assert told({"log.md": f"## {title}\n`docs/a.md`\n\n## {title}\n`docs/b.md`\n"}) == []


def test_what_is_no_path_of_ours_in_an_evidence_document() -> None:
    text = "client.ts/server.ts, README/CHANGELOG, `/v1/orders.json`, POST /v1/a/orders.json\n"
    assert told(log(text)) == []
    assert told(log("a/docs/a.md and b/docs/a.md\n", **{"docs/a.md": "x"})) == []
    assert len(told(log("`/docs/b.md`, `a/docs/b.md`\n", **{"docs/a.md": "x"}))) == 2


def test_a_name_in_a_package_is_no_file_of_its_folder() -> None:
    text = "`pkg/spool.Drain`, `pkg/spool.drained`, `pkg/spindle.Drain`\n"
    found = audit(MemoryTree(log(text, **{"pkg/spool/a.go": "x"})))
    assert [row.properties["target"] for row in found] == ["pkg/spool.drained", "pkg/spindle.Drain"]
    log_below = HEAD.replace("log.md", "pkg/log.md") + "`pkg/spool.Drain`\n"
    assert told({"pkg/log.md": log_below, "pkg/spool/a.go": "x", "pkg/pkg/a.go": "x"}) == []


def test_a_path_may_lead_from_a_folder_above_the_document() -> None:
    text = HEAD.replace("log.md", "a/docs/log.md") + "`src/x.go`, `src/y.go`, [x](src/x.go)\n"
    found = told({"a/docs/log.md": text, "a/src/x.go": "x"})
    assert [line.partition(" ")[0] for line in found] == [
        "a/docs/log.md:5:14",
        "a/docs/log.md:5:29",
    ]


def test_the_folder_of_a_document_vouches_for_no_path() -> None:
    text = HEAD.replace("log.md", "logs/log.md") + "`logs/a.md` and `fix/login`, `logs/other`\n"
    assert [line.partition(" is")[0] for line in told({"logs/log.md": text})] == [
        "logs/log.md:5:2 evidence-missing logs/a.md",
        "logs/log.md:5:31 evidence-missing logs/other",
    ]


def test_a_link_to_a_folder_is_followed_unless_a_site_is_made_of_the_pages() -> None:
    files = {"docs/a/b.md": "x", "README.md": "[x](docs/adr/), [y](adr/), [z](/docs/adr/)\n"}
    assert told(files) == ["README.md:1:5 reference-missing docs/adr/ is cited but does not exist"]
    assert told({**files, "mkdocs.yml": "x"}) == []


def test_a_link_from_the_root_leads_to_a_file_unless_a_site_is_made_of_the_pages() -> None:
    files = {"docs/a.md": "x", "README.md": "[x](/docs/b.md), [y](/img/b.png), [z](/docs/b)\n"}
    assert told(files) == ["README.md:1:5 reference-missing docs/b.md is cited but does not exist"]
    assert told({**files, "mkdocs.yml": "x"}) == []


def test_a_link_from_the_root_is_no_path_of_some_machine() -> None:
    assert told(log("[x](/etc/a.conf)\n", **{"etc/a.conf": "x"})) == []


def test_the_configuration_decides_before_the_document_does() -> None:
    as_log = Config(evidence=EvidenceConfig(logs=("notes/*.md",)))
    assert len(told({"notes/a.md": "`any/a.md`"}, as_log)) == 1
    ordinary = Config(evidence=EvidenceConfig(ordinary=("log.md",)))
    assert told(log("`any/a.md`"), ordinary) == []
    left_out = Config(evidence=EvidenceConfig(ignore=("any/",)))
    assert told(log("`any/a.md`"), left_out) == []
    assert told(log("`any/a.md`"), Config(disable=("evidence-missing",))) == []
    assert told(log("`any/a.md`"), Config(exclude=("log.md",))) == []


# A range of commits


def test_a_range_audits_changed_documents_and_references_to_removed_files() -> None:
    head = "---\nowner: ops\nepoch: 1\n---\n"
    tree = MemoryTree(
        {
            "changed.md": head + "`any/a.md`\n",
            "same.md": head + "`any/b.md`, `docs/old.md`\n",
            "README.md": "see `docs/gone.md`\n",
        },
        changed=frozenset({"changed.md"}),
        removed={"docs/old.md": "docs/new.md", "docs/gone.md": ""},
    )
    assert lines_of(audit(tree)) == [
        "README.md:1:6 reference-missing docs/gone.md is cited but does not exist"
        " (these commits removed it)",
        "changed.md:5:2 evidence-missing any/a.md is cited but does not exist",
        "same.md:5:14 evidence-missing docs/old.md is cited but does not exist"
        " (these commits renamed it to docs/new.md)",
    ]


# Bounds


def test_coverage_counts_documents_and_references() -> None:
    coverage = Coverage()
    tree = MemoryTree({"log.md": LOG, "code.py": "x"})
    list(EvidenceCheck(RULES, Config()).findings(tree, coverage))
    assert coverage.counts["documents"] == 1
    assert coverage.counts["references"] > 8


def test_what_is_too_large_is_said_to_be_left_out() -> None:
    coverage = Coverage()
    list(EvidenceCheck(RULES, Config(max_bytes=5)).findings(MemoryTree(log("x")), coverage))
    assert [row.reason for row in coverage.skipped] == ["larger than 5 bytes"]


@pytest.mark.parametrize(
    "text",
    [
        "/" * 300_000,
        "a/" * 150_000,
        "`" * 300_000,
        "`a/" + "{," * 150_000 + "`",
        "a/{b,c" * 50_000,
        "a/b(1,2" * 40_000,
        "`a/b.md\\|" * 30_000,
        "`a/" + "b/\n" * 20_000 + "`",
        "![" * 30_000 + "](b)" * 30_000,
        "> " * 3_000 + "a/b.md",
        "<!-- " * 60_000,
        "Runbook lines 1-2 " * 10_000,
        "".join(f"`docs/*{n}*/a*.md` " for n in range(5_000)),
        "".join(f"[x](#y{n}) " for n in range(3_000)) + "\n# a\n" * 30_000,
        "!!! a\n" + "    \n" * 60_000,
        "!!! a\n" * 60_000,
        "`docs/b.md` | " * 5_000,
        "removed docs/a.md, " + "`docs/b.md`, " * 5_000,
        "`a/b?" + "?c" * 100_000 + "`",
        "```\nartifacts:\n```\n" * 8_000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("name", ["log.md", "log.txt"])
def test_no_text_makes_the_audit_slow(text: str, name: str) -> None:
    started = time.process_time()
    audit(MemoryTree({name: HEAD + text, "docs/a.md": "x"}))
    assert time.process_time() - started < 60  # quadratic ones take minutes


@pytest.mark.parametrize(
    ("cited", "missing"),
    [
        ("`out/a.csv`, `.json`", []),
        ("`out/a.csv, .json`", []),
        ("`out/a.csv` and `.xml`", ["out/a.xml"]),
        ("`out/a.csv`/`.json`/`.xml`", ["out/a.xml"]),
        ("`out/a.csv`. Files with `.xml` are left out", []),
        ("`…/a.csv`, `out/…/a.csv`, `…/b.csv`", ["**/b.csv"]),
        ("`out/a.csv lines 1-2`", []),
        ("`out/a.csv, b.csv`", ["b.csv"]),
    ],
)
def test_short_forms_of_logs(cited: str, missing: list[str]) -> None:
    files = {"out/a.csv": "1\n2\n", "out/a.json": "{}"}
    found = audit(MemoryTree(log(f"{cited}\n", **files)))
    assert [row.properties["target"] for row in found] == missing


def test_what_is_named_and_linked_to_is_one_finding() -> None:
    text = "`src/new.md`, [new](src/new.md)\n"
    (finding,) = audit(MemoryTree({"README.md": text, "src/a.md": "x"}))
    assert finding.rule_id == "reference-missing"
    assert [place.column for place in finding.locations] == [2, 21]
    files = log("[report](out/run.pdf) (`run.pdf`)\n", **{"out/a.pdf": "x"})
    (finding,) = audit(MemoryTree(files))
    assert (finding.properties["target"], len(finding.locations)) == ("out/run.pdf", 2)


def test_a_page_that_is_not_translated_is_shown_in_the_original() -> None:
    files = {"docs/en/docs/news.md": "x", "docs/en/docs/a/b.md": "x"}
    text = "[x](../news.md), [x](b.md), [y](../gone.md)\n"
    (line,) = told({**files, "docs/de/docs/a/c.md": text})
    assert line.startswith("docs/de/docs/a/c.md:1:33 reference-missing docs/de/docs/gone.md")


def test_commands_in_plain_text_may_stand_behind_a_host_or_a_time() -> None:
    lines = (
        "$ cat src/no.md",
        "10:02 $ cat src/no.md",
        "me@web-1:~/x$ cat src/no.md",
        "root@web-1:/x# cat src/no.md",
        "C:\\app> type src\\no.md",
    )
    assert told({"run.log": "\n".join(lines), "src/a.md": "x"}) == []
    (line,) = told({"run.log": "10:02 cat src/no.md", "src/a.md": "x"})
    assert "src/no.md" in line


def test_anchors_below_a_hugo_site_are_those_of_the_site() -> None:
    files = {"docs/content/a.md": "### --flag\n\n[x](#flag)\n", "docs/layouts/a.html": "x"}
    assert told(files) == []
    assert len(told({"docs/content/a.md": files["docs/content/a.md"]})) == 1


def test_pages_of_a_repository_that_is_a_site_speak_of_its_readers_files() -> None:
    cited = "`src/app.ts`, [b](b.md)\n"
    files = {"docs/a.md": cited, "README.md": cited, "src/b.ts": "x"}
    assert len(told(files)) == 4
    places = ["README.md:1:2", "README.md:1:19", "docs/a.md:1:19"]
    assert [row.split()[0] for row in told({**files, "docusaurus.config.js": "x"})] == places


def test_the_index_of_a_book_may_be_its_readme() -> None:
    files = {"book/src/README.md": "x", "book/src/a.md": "[x](index.md), [y](sub/index.md)\n"}
    assert len(told({**files, "book/src/sub/README.md": "x"})) == 2
    assert told({**files, "book/src/sub/README.md": "x", "book/book.toml": "x"}) == []


@pytest.mark.parametrize("path", ["release/README.md", "build/release/notes/a.md"])
def test_a_folder_of_what_is_released_has_no_change_logs(path: str) -> None:
    (line,) = told({path: "[x](none.md)\n"})
    assert "reference-missing" in line
    assert told({path: "`src/a.py`\n", "src/b.py": "x"}) != []
    for name in (
        "docs/release-1.2.md",
        "releases/v2.md",
        "RELEASE.md",
        "docs/release_notes.md",
        "release/1.2-notes.rst",
        "doc/upcoming_changes/1.change.rst",
    ):
        assert told({name: "`src/a.py`\n", "src/b.py": "x"}) == []


def test_what_is_said_of_a_list_is_said_of_each_path() -> None:
    for words in ("`src/a.py` and `src/b.py` will be created", "src/a.py, `src/b.py` were removed"):
        assert told({"README.md": f"{words}\n", "src/c.py": "x"}) == []
    for words in ("`src/a.py` and `src/c.py` (planned)", "Do not edit `src/a.py`"):
        (line,) = told({"README.md": f"{words}\n", "src/c.py": "x"})
        assert "src/a.py is cited" in line


def test_which_of_several_folders_is_found_does_not_change_from_run_to_run() -> None:
    folders = [f"{name}/src/app/x" for name in "hgfedcba"]
    paths = Paths(MemoryTree(dict.fromkeys(folders, "x")))
    assert list(paths.ending("src/app")) == [f"{name}/src/app" for name in "abcdefgh"]
