"""The rules of the evidence audit beyond existence: content, headings, dates, promises."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import pytest
import repos
from evidence_trees import HEAD, RULES, MemoryTree, lines_of, log, told

from occ_audit.checks.evidence import EvidenceCheck
from occ_audit.cli import run
from occ_audit.reading import Coverage
from occ_audit.settings import Config, EvidenceConfig

TODAY = datetime.date(2031, 6, 1)


def on_day(files: dict[str, str | bytes], config: Config | None = None) -> list[str]:
    """Return `path:line:column rule message` of each place, as of 1 June 2031."""
    check = EvidenceCheck(RULES, config or Config(), TODAY)
    return lines_of(check.findings(MemoryTree(files), Coverage()))


def configured(**settings: object) -> Config:
    return Config(evidence=EvidenceConfig(**settings))  # type: ignore[arg-type]  # as a file would


# What the cited file holds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("TBD\n", 'the file says only "TBD"'),
        ("# Audit\n\n> TODO.\n", 'the file says only "> TODO."'),
        ("<!-- placeholder -->\n", 'the file says only "<!-- placeholder -->"'),
        ("Audit\n-----\n(to be added)\n", None),
        ("# Audit\nnothing found\n", None),
        ("0\n", None),
    ],
)
def test_a_file_that_is_no_evidence(text: str, reason: str | None) -> None:
    end = f"out/a.md is cited but holds no evidence ({reason})"
    expected = [f"log.md:5:2 evidence-empty-file {end}"] if reason else []
    assert told(log("`out/a.md`\n", **{"out/a.md": text})) == expected
    assert told({"README.md": "`out/a.md`\n", "out/a.md": text}) == []


def test_a_link_to_nothing() -> None:
    tree = MemoryTree(log("`out/a.md`\n"), links={"out/a.md": "b.md"})
    assert lines_of(EvidenceCheck(RULES, Config()).findings(tree, Coverage())) == [
        "log.md:5:2 evidence-missing out/a.md is cited but does not exist"
        " (it is a symbolic link to nothing)"
    ]


# Headings


GUIDE = """\
# The Guide

## Setup & run: `make all`
## Setup & run: `make all`
## Größe — 設定
## Two  spaces_and-dashes
<a id="own"></a>
### Named {#by-hand}
"""


@pytest.mark.parametrize(
    "anchor",
    [
        "the-guide",
        "setup--run-make-all",
        "setup--run-make-all-1",
        "größe--設定",
        "gr%C3%B6%C3%9Fe--%E8%A8%AD%E5%AE%9A",
        "two--spaces_and-dashes",
        "own",
        "by-hand",
        "named",
        "The-Guide",
    ],
)
def test_a_heading_that_is_there(anchor: str) -> None:
    assert told({"README.md": f"[x](docs/guide.md#{anchor})\n", "docs/guide.md": GUIDE}) == []


@pytest.mark.parametrize(
    ("anchor", "reason"),
    [
        ("the-guild", "did you mean #the-guide?"),
        ("setup-run-make-all", "did you mean #setup--run-make-all"),
        ("setup--run-make-all-2", "did you mean #setup--run-make-all"),
        ("elsewhere", "no heading makes it"),
    ],
)
def test_a_heading_that_is_not_there(anchor: str, reason: str) -> None:
    (line,) = told({"README.md": f"[x](docs/guide.md#{anchor})\n", "docs/guide.md": GUIDE})
    start = f"README.md:1:5 reference-anchor docs/guide.md#{anchor}: there is no such heading"
    assert line.startswith(f"{start} ({reason}")


def test_headings_of_the_document_itself() -> None:
    text = "# One\n[a](#one) [b](#two) [c](#top) [d](#)\n"
    assert told({"README.md": text}) == [
        "README.md:2:15 reference-anchor README.md#two: there is no such heading"
        " (no heading makes it)"
    ]


def test_where_a_generator_makes_the_pages_its_own_rules_hold() -> None:
    files = {"docs/a.md": "# A: one\n[x](#a-one) [y](#a_one) [z](#b)\n", "docs/b.md": "x"}
    assert len(told(files)) == 2
    assert len(told({**files, "mkdocs.yml": "x"})) == 1
    in_a_note = {"docs/a.md": "!!! note\n\n    ## One:\n\n[x](#one)\n", "mkdocs.yml": "x"}
    assert told(in_a_note) == []
    included = {"docs/a.md": "{{#include b.md}}\n[x](#any)\n", "docs/b.md": "x"}
    assert told(included) == []


# Planned


ENTRY = "## 2031-05-20 Plan\n"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (ENTRY + "to be authored: `docs/a.md`\n", "evidence-planned"),
        ("## 2031-04-01 Plan\nto be authored: `docs/a.md`\n", "evidence-overdue"),
        ("`docs/a.md` <!-- planned: 2031-06-01 -->\n", "evidence-planned"),
        ("`docs/a.md` <!-- planned: 2031-05-31 -->\n", "evidence-overdue"),
        ("`docs/a.md` <!-- planned -->\n", "evidence-planned"),
    ],
)
def test_planned_evidence_is_due_some_day(text: str, rule: str) -> None:
    assert [line.split()[1] for line in on_day(log(text))] == [rule]


def test_overdue_evidence_says_since_when() -> None:
    text = "## 2031-04-01 Plan\nto be authored: `docs/a.md`\n"
    assert on_day(log(text)) == [
        "log.md:6:18 evidence-overdue docs/a.md is cited as planned and does not exist yet"
        ' ("to be authored", due by 2031-05-01)'
    ]
    patient = configured(planned_days=90)
    assert [line.split()[1] for line in on_day(log(text), patient)] == ["evidence-planned"]


# Promises


@pytest.mark.parametrize(
    "text",
    [
        "- **State:** red. New evidence artifacts:\n- **Blockers:** none\n",
        "- Evidence:\n\n## 2031-05-01 Next\n",
        "Artifacts:\n",
        "Artifacts:\n\nNext steps:\n- none\n",
        "1. Transcripts:\n2. and so on\n",
    ],
)
def test_a_promise_that_nothing_follows(text: str) -> None:
    (line,) = told(log(text))
    assert "evidence-list-empty" in line
    assert line.endswith("is followed by no evidence")


@pytest.mark.parametrize(
    "text",
    [
        "- New evidence artifacts:\n  - the export of Monday\n",
        "- Evidence:\n- `log.md`\n",
        "Evidence artifacts:\n\n- the export of Monday\n",
        "- Evidence: the export of Monday\n",
        "- There is no reason to call this evidence of anything at all, is there evidence:\n- x\n",
        "```yaml\nartifacts:\n```\n",
        "- **Blockers:**\n- none\n",
    ],
)
def test_a_promise_that_is_kept_or_is_none(text: str) -> None:
    assert told(log(text)) == []


def test_only_evidence_documents_promise() -> None:
    assert told({"README.md": "- Evidence:\n- none\n"}) == []


# Time stamps


@pytest.mark.parametrize(
    ("heading", "name", "message"),
    [
        ("2031-05-02 (10:00 UTC)", "run-20310502T1130Z.log", "2031-05-02 11:30 2031-05-02 10:00"),
        ("2031-05-02 (10:00 UTC)", "run-20310502T1059Z.log", ""),
        ("2031-05-02 (10:00 ET)", "run-20310502T1430Z.log", ""),
        ("2031-05-02", "2031-05-03/run.log", ""),
        ("2031-05-02", "2031-05-04/run.log", "2031-05-04 2031-05-02"),
        ("2031-05-02", "2031-05-01/run.log", ""),
        ("2031-05-02", "v20319999.log", ""),
    ],
)
def test_a_stamp_later_than_its_entry(heading: str, name: str, message: str) -> None:
    text = f"## {heading}\n`out/{name}`\n"
    found = told(log(text, **{f"out/{name}": "x"}))
    if not message:
        assert found == []
        return
    stamp, entry = message[: len(message) // 2], message[len(message) // 2 + 1 :]
    assert found == [
        f"log.md:6:2 evidence-stamp out/{name} is of {stamp}, later than the entry of {entry}"
    ]


# Front matter


def front(**fields: str) -> dict[str, str | bytes]:
    rows = {"owner": "ops", "epoch": "1", **fields}
    return {"log.md": "---\n" + "".join(f"{k}: {v}\n" for k, v in rows.items()) + "---\ntext\n"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"expires": "2031-06-01"}, []),
        ({"expires": "2031-05-31"}, ["document-expired log.md expired on 2031-05-31"]),
        (
            {"expires": "2031-13-40"},
            ["document-expired expires says 2031-13-40, which is no date"],
        ),
        ({"doc": "log.md"}, []),
        ({"doc": "notes/log.md"}, ["document-path doc says notes/log.md, but this is log.md"]),
        ({"doc_hash": "TBD"}, ["document-hash doc_hash is TBD: the content is not locked"]),
        (
            {"doc_hash": "0" * 64},
            ["document-hash doc_hash is not the SHA-256 of the text below the front matter"],
        ),
        ({"doc_hash": hashlib.sha256(b"text\n").hexdigest()}, []),
        ({"last_reviewed": "2031-05-01"}, []),
        (
            {"last_reviewed": "2030-05-01"},
            ["document-review last_reviewed (2030-05-01) is 396 days ago, at most 180 do"],
        ),
        (
            {"last_reviewed": "2031-05-01", "expires": "2031-05-01"},
            [
                "document-expired log.md expired on 2031-05-01",
                "document-lifetime expires (2031-05-01) is not after last_reviewed (2031-05-01)",
            ],
        ),
    ],
)
def test_front_matter(fields: dict[str, str], expected: list[str]) -> None:
    found = [line.partition(" ")[2] for line in on_day(front(**fields))]
    assert [line for line in found if not line.startswith("evidence-missing")] == expected


def test_a_review_older_than_the_newest_entry() -> None:
    files = front(last_reviewed="2031-05-01")
    files["log.md"] = str(files["log.md"]) + "## 2031-05-02 More\n"
    assert on_day(files) == [
        "log.md:4:16 document-review last_reviewed (2031-05-01) is older than the newest entry"
        " (2031-05-02)"
    ]


def test_keys_that_the_project_requires() -> None:
    required = configured(required=("owner", "last_reviewed"))
    assert on_day(front(), required) == [
        "log.md:2:8 document-keys the front matter has no last_reviewed"
    ]


def test_front_matter_of_an_ordinary_document_is_its_own_business() -> None:
    assert on_day({"a.md": "---\nexpires: 2001-01-01\n---\n"}) == []


# The order of a log


def test_order_duplicates_and_empty_entries_where_configured() -> None:
    text = (
        "# Log\n\n## 2031-05-03 C\ntext\n\n## 2031-05-01 A\n\n## 2031-05-02 B\ntext\n\n"
        "## 2031-05-01 A\ntext\n\n## 2031-04-30 Z\ntext\n"
    )
    assert on_day({"log.md": text}) == []
    assert on_day({"log.md": text}, configured(chronological=("log.md",))) == [
        'log.md:6:1 log-empty-entry "2031-05-01 A" has no text',
        'log.md:8:1 log-order "2031-05-02 B" is newer than the entry before it',
        'log.md:11:1 log-duplicate "2031-05-01 A" is there twice',
    ]


# Sources, transcripts


def test_comments_and_transcripts_count_where_configured() -> None:
    files = {
        "src/a.py": 'x = "src/no.py"  # see src/gone/../b.py\n',
        "README.md": "```console\n$ cat `src/b.py`\n```\n",
    }
    assert told(files) == []
    both = configured(sources=("*.py",), transcripts=True)
    assert told(files, both) == [
        "README.md:2:8 reference-doubtful src/b.py is cited but does not exist",
        "src/a.py:1:24 reference-doubtful src/b.py is cited but does not exist",
    ]


# Claims


def test_the_claim_of_a_clean_repository_next_to_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repos.init(tmp_path / "repo")
    monkeypatch.chdir(root)
    text = HEAD + "Rotated all; repo now clean post-scrub.\nThe repo is not clean yet.\n"
    repos.commit(root, {"log.md": text})

    def claims() -> list[tuple[str, int]]:
        run(["scan", "--format", "json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        return [
            (row["message"], row["locations"][0]["line"])
            for row in found
            if row["rule_id"] == "evidence-claim-refuted"
        ]

    assert claims() == []
    token = "shpat_" + "0a1b2c3d4e5f6789" * 2
    repos.commit(root, {"config.txt": f"token = {token}\n"})
    assert claims() == [
        (
            '"repo now clean" is said here, but this scan found a secret,'
            " for example at config.txt:1",
            5,
        )
    ]
