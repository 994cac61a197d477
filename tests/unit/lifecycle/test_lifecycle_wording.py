"""Texts fit their fields, and what Salesforce will not keep is not compared."""

from hypothesis import given, strategies as st

from sf_lifecycle.lifecycle.wording import fit, one_line, stored


def test_cut_at_a_word() -> None:
    assert fit("can be ended until 1 December", 20) == "can be ended until…"


def test_a_word_longer_than_the_field_is_cut_inside() -> None:
    assert fit("x" * 30, 10) == "x" * 9 + "…"


def test_line_breaks_never_reach_a_subject() -> None:
    assert one_line("Bakkerij\r\n  De  Zon") == "Bakkerij De Zon"


def test_an_empty_text_is_null() -> None:
    assert stored("  \n", 255) is None


@given(st.text(max_size=400), st.integers(2, 300))
def test_what_is_stored_fits_and_stays(text: str, length: int) -> None:
    kept = stored(text, length)
    assert kept is None or (0 < len(kept) <= length and stored(kept, length) == kept)
