"""How messages put things."""

from __future__ import annotations

import pytest

from occ_audit.wording import did_you_mean, plural, some, visible


def test_what_cannot_be_seen_is_an_escape() -> None:
    assert visible("ähnlich: `a b`") == "ähnlich: `a b`"
    assert visible("a\x1b[31m\n\u202e\udc80") == r"a\x1b[31m\n\u202e\udc80"
    assert visible("a\n\t", keep="\n") == "a\n" + r"\t"


def test_long_lists_are_cut() -> None:
    assert some(["a", "b"], 2) == "a, b"
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some(["a"], 5, total=2_001) == "a and 2,000 more"


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (0, "branch", "0 branches"),
        (2_000, "day", "2,000 days"),
    ],
)
def test_amounts(count: int, noun: str, text: str) -> None:
    assert plural(count, noun) == text


def test_a_word_that_was_meant() -> None:
    assert did_you_mean("exlude", ["exclude", "rules"], "See there.") == (
        "Did you mean exclude? See there."
    )
    assert did_you_mean("x", ["exclude"], "See there.") == "See there."
