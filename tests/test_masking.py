from __future__ import annotations

import base64
import html
import io
import json
import random
import string
import time
import urllib.parse

import pytest
from sample import KEY, KEY_LINES, PASSWORD, SHORT, TOKEN, sample

from occ_audit.masking import MASK, Masker, masked_report, masker_for
from occ_audit.masking_stream import MaskingStream


def _masker(*secrets: str) -> Masker:
    return Masker(secret.encode() for secret in secrets)


def _streamed(masker: Masker, *writes: str, **options: bool) -> str:
    out = io.StringIO()
    stream = MaskingStream(out, masker, **options)
    for text in writes:
        stream.write(text)
        stream.flush()
    stream.finish()
    return out.getvalue()


@pytest.mark.parametrize(
    "spelling",
    [
        PASSWORD,
        urllib.parse.quote(PASSWORD),
        urllib.parse.quote(PASSWORD, safe=""),
        urllib.parse.quote(PASSWORD, safe="").lower(),
        json.dumps(PASSWORD)[1:-1],
        json.dumps(PASSWORD, ensure_ascii=False)[1:-1],
        html.escape(PASSWORD),
        html.escape(PASSWORD, quote=False),
        repr(PASSWORD)[1:-1],
        repr(PASSWORD.encode())[2:-1],
    ],
)
def test_every_spelling_is_masked(spelling: str) -> None:
    assert _masker(PASSWORD).text(f"<{spelling}>") == f"<{MASK}>"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "z", "zy"])
def test_base64_gives_nothing_away_at_any_offset(before: str, after: str) -> None:
    code = base64.b64encode(f"{before}{TOKEN}{after}".encode()).decode()
    shown = _masker(TOKEN).text(code)
    assert MASK in shown
    assert len(shown) <= len(MASK) + 6 + 6


def test_secrets_that_overlap_or_contain_each_other_leave_no_rest() -> None:
    masker = _masker("abcd1234efgh", "abcd1234", "efgh5678ijkl")
    assert masker.text("x abcd1234efgh y") == "x **** y"
    assert masker.text("x abcd1234efgh5678ijkl y") == "x **** y"


def test_a_secret_is_found_at_every_offset() -> None:
    masker = _masker(TOKEN)
    for before in range(30):
        assert masker.text("-" * before + TOKEN + "!") == "-" * before + MASK + "!"


def test_short_secrets_are_masked_as_whole_words_in_foreign_text_only() -> None:
    masker = _masker(SHORT)
    assert masker.name(f"notes/{SHORT}.txt") == "notes/****.txt"
    assert masker.name(f"x{SHORT}") == f"x{SHORT}"
    assert masker.text(SHORT) == SHORT


def test_a_plain_word_is_masked_in_excerpts_and_leaves_paths_and_the_report_alone() -> None:
    masker = _masker("postgres")
    assert masker.excerpt("user=postgres password=postgres") == "user=**** password=****"
    assert masker.name("deploy/postgres/init.sql") == "deploy/postgres/init.sql"
    assert masker.text("postgres-url") == "postgres-url"


def test_pieces_of_a_secret_at_the_ends_of_a_cut_excerpt_are_masked() -> None:
    masker = _masker(TOKEN)
    assert masker.excerpt(f"see {TOKEN[:20]}…") == "see ****…"
    assert masker.excerpt(f"…{TOKEN[20:]} and so on") == "…**** and so on"
    assert masker.excerpt(f"…{TOKEN[20:]}") == "…****"
    assert masker.excerpt("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_bytes_that_are_not_utf8_are_masked_in_the_ways_they_are_decoded() -> None:
    secret = b"pass\xe9\xff1234word"
    masker = Masker([secret])
    for errors in ("surrogateescape", "replace", "backslashreplace"):
        assert masker.text(secret.decode("utf-8", errors)) == MASK


def test_each_line_of_a_key_is_masked() -> None:
    shown = _streamed(_masker(KEY), KEY.replace("\n", "\r\n"))
    assert (
        shown == "-----BEGIN PRIVATE KEY-----\r\n****\r\n****\r\n****\r\n-----END PRIVATE KEY-----"
    )
    escaped = _masker(KEY.replace("\n", "\\n")).text(f"> {KEY_LINES[1]} <")
    assert escaped == "> **** <"


def test_a_stream_masks_secrets_however_the_writes_cut_them() -> None:
    masker = _masker(TOKEN, TOKEN[9:] + "abcdefgh", TOKEN + "tail")
    text = f"a {TOKEN} b\n{TOKEN}\nprompt {TOKEN[:30]}? {TOKEN}"
    expected = f"a **** b\n****\nprompt {TOKEN[:30]}? ****"
    for size in (1, 2, 3, 7, 1000):
        assert _streamed(masker, *(text[at : at + size] for at in range(0, len(text), size))) == (
            expected
        )


def test_a_stream_holds_back_only_what_may_become_a_secret() -> None:
    out = io.StringIO()
    stream = MaskingStream(out, _masker(TOKEN))
    stream.write(f"working: {TOKEN[:5]}")
    stream.flush()
    assert out.getvalue() == "working: "
    stream.write("!")
    stream.flush()
    assert out.getvalue() == f"working: {TOKEN[:5]}!"


def test_a_long_line_is_not_kept_in_memory() -> None:
    out = io.StringIO()
    stream = MaskingStream(out, _masker(TOKEN))
    for _ in range(40):
        stream.write("x" * 5000)
    assert len(out.getvalue()) > 100_000
    stream.finish()
    assert len(out.getvalue()) == 200_000


def test_a_closed_stream_leaves_the_one_underneath_open() -> None:
    out = io.StringIO()
    with MaskingStream(out, _masker(TOKEN)) as stream:
        stream.write(TOKEN)
    assert out.getvalue() == MASK


def test_json_stays_valid_whatever_the_secrets_are() -> None:
    document = {
        "fingerprint": "n1234567",
        "column": 12345678,
        "text": 'a "12345678" \\n4bcdefg',
        "value": TOKEN,
    }
    masker = _masker("fingerprint", "12345678", "n4bcdefg", '": "n1234', 'column": ', TOKEN)
    text = json.dumps(document, indent=2)
    assert json.loads(_streamed(masker, text, literals=True)) == {
        "fingerprint": "n1234567",
        "column": 12345678,
        "text": 'a "****" \\****',
        "value": MASK,
    }
    shown = json.loads(_streamed(masker, text, literals=True, reveal=True))
    assert shown["value"] == TOKEN


def test_a_masked_report_has_no_secret_in_any_text() -> None:
    report = masked_report(sample(), masker_for(sample()))
    texts = repr(report)
    for secret in (TOKEN, SHORT, *KEY_LINES, PASSWORD):
        assert secret not in texts
    assert report.findings[0].secret == sample().findings[0].secret
    assert [len(f.locations) for f in report.findings] == [
        len(f.locations) for f in sample().findings
    ]


def test_ten_thousand_secrets_are_masked_quickly() -> None:
    source = random.Random(7)
    letters = string.ascii_letters + string.digits
    secrets = ["eyJhbGci" + "".join(source.choices(letters, k=40)) for _ in range(10_000)]
    started = time.process_time()
    masker = _masker(*secrets)
    shown = masker.text("\n".join(f"some words around {secret} here" for secret in secrets))
    assert time.process_time() - started < 60
    assert shown.count(MASK) == 10_000
    assert "eyJ" not in shown
