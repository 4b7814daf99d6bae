"""How messages put things: names from a repository, long lists, amounts, words that were meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def visible(text: str, keep: str = "") -> str:
    """Return text with control and other invisible characters as escapes, but those to `keep`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)


def some(names: Sequence[str], most: int, total: int | None = None) -> str:
    """Name the first `most`, and say how many there are besides: `a, b and 3 more`.

    `total` is how many there are where `names` are not all.
    """
    shown = names[:most]
    more = (len(names) if total is None else total) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def plural(count: int, noun: str) -> str:
    """Return an amount with its noun: `1 branch`, `2,000 branches`, `2 entries`."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("ry"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith(('ch', 'sh')) else 's'}"


def did_you_mean(word: str, known: Collection[str], hint: str) -> str:
    """Return the hint, behind `Did you mean …?` where known words are near."""
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(word, known)
    return f"Did you mean {', '.join(near)}? {hint}" if near else hint
