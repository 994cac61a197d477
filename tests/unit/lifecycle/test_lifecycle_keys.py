"""Keys last: the same facts give the same key on any machine, and never more than the field holds."""

import datetime as dt
from decimal import Decimal

from hypothesis import given, strategies as st

from sf_lifecycle.lifecycle import keys

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False), st.dates(), st.text()
)


def test_a_known_key() -> None:
    outreach = keys.outreach("switch-window", ("001000000000001AAA",))
    key = keys.full(outreach, dt.date(2026, 12, 1))
    assert key == "switch-window:215d60d27769d9409a0b:50282632e318"
    assert keys.outreach_of(key) == outreach
    assert keys.play_of(key) == "switch-window"


def test_equal_numbers_are_equal_whatever_their_scale() -> None:
    assert keys.digest([Decimal("10.00")], 14) == keys.digest([Decimal("10")], 14) == keys.digest([10], 14)


def test_null_is_not_the_empty_text() -> None:
    assert keys.digest([None], 14) != keys.digest([""], 14)


@given(st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=60), st.lists(PLAIN, max_size=3), PLAIN)
def test_keys_fit_the_field(play: str, key: list[object], occasion: object) -> None:
    full = keys.full(keys.outreach(play, key), occasion)
    assert len(full) <= keys.KEY_LENGTH == 64
    assert keys.outreach_of(full) == keys.outreach(play, key)
