"""Texts fit their fields, arrive as they were sent, and what Salesforce will not keep is not compared."""

import re
import unicodedata

import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.lifecycle.plain_text import fit, length_of, one_line, plain, stored

FLAG_NL, FLAG_PL, FAMILY = "\U0001f1f3\U0001f1f1", "\U0001f1f5\U0001f1f1", "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def test_cut_at_a_word() -> None:
    assert fit("can be ended until 1 December", 20) == "can be ended until…"
    assert fit("can be ended until 1 December", 19) == "can be ended until…"


def test_a_word_longer_than_the_field_is_cut_inside() -> None:
    assert fit("x" * 30, 10) == "x" * 9 + "…"


def test_emoji_count_twice() -> None:
    assert length_of("a🚀") == 3
    assert fit("🚀" * 5, 10) == "🚀" * 5
    assert fit("🚀" * 6, 10) == "🚀" * 4 + "…"
    assert fit("🚀" * 6, 11) == "🚀" * 5 + "…"


@pytest.mark.parametrize(
    ("whole", "length"),
    [
        ("e\u0301", 4),
        ("e\u0301\u0323", 5),
        (FLAG_NL, 6),
        (FAMILY, 8),
        (FAMILY, 10),
        ("👍\U0001f3fd", 5),
        ("☎\ufe0f", 4),
    ],
)
def test_what_is_shown_as_one_is_not_cut_in_two(whole: str, length: int) -> None:
    assert fit(f"xxx{whole}yyyyyyyyyy", length + 1) == "xxx…"


def test_the_second_of_two_flags_goes_the_first_stays() -> None:
    assert fit(f"{FLAG_NL}{FLAG_PL}yyyyy", 8) == f"{FLAG_NL}…"


def test_line_breaks_never_reach_a_subject() -> None:
    assert one_line("Bakkerij\r\n  De\u2028 Zon\x00\u202e") == "Bakkerij De Zon"


def test_an_empty_text_is_null() -> None:
    assert stored("  \n\x00", 255) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg", "a\nb\nc\nd\ne\nf\ng"),
        ("a\x00b\x07c\ud800d\ufeffe\uffff", "abcde"),
        ("€\u00a01.234,50\t1\u202f000", "€ 1.234,50 1 000"),
        ("one   \n\n  two\u00a0\n", "one\n\n  two"),
        ("Łódź & <b>é</b> 'x' 🚀 \U0001f469\u200d\U0001f467", "Łódź & <b>é</b> 'x' 🚀 \U0001f469\u200d\U0001f467"),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(
    st.text(max_size=400) | st.text(alphabet="a e\u0301🚀\u200d\U0001f1f3\n\r\x00", max_size=400), st.integers(2, 300)
)
def test_what_is_stored_fits_and_stays(text: str, length: int) -> None:
    kept = stored(text, length)
    assert kept is None or (0 < length_of(kept) <= length and stored(kept, length) == kept)
    assert kept is None or not re.search("[\ud800-\udfff\x00-\x09\x0b-\x1f\u2028\u2029]", kept)
    assert kept is None or kept.encode().decode() == kept


@given(st.text(alphabet="ae\u0301 🚀", min_size=1, max_size=60), st.integers(6, 50))
def test_a_cut_leaves_no_accent_without_its_letter(text: str, length: int) -> None:
    whole = plain(f"aaa{text}")  # what is one from the beginning to the end of the field is cut all the same
    kept = stored(whole, length)
    if kept and kept != whole:
        assert not unicodedata.combining(whole[len(kept) - 1])
