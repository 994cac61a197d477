from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.localorg import ids


@pytest.mark.parametrize(("short", "suffix"), [("70130000001tcyI", "AAQ"), ("001D000000IRFma", "IAH")])
def test_check_characters_of_real_ids(short: str, suffix: str) -> None:
    assert ids.to_18(short) == short + suffix
    assert ids.normalize(short) == short + suffix


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15))
def test_18_characters_survive_the_loss_of_case(short: str) -> None:
    full = ids.to_18(short)
    assert ids.normalize(full) == full
    assert ids.normalize(full.upper()) == full
    assert ids.normalize(full.lower()) == full


@pytest.mark.parametrize("text", ["", "001", "001Lo0000000001IA-", "001Lo000000000 IAA"])
def test_what_is_no_id(text: str) -> None:
    assert ids.normalize(text) is None


@pytest.mark.parametrize("first", [1, 238_326, 238_327, 238_328, 62**5])
def test_many_ids_are_those_made_one_by_one(first: int) -> None:
    many = list(ids.make_many("001", first, 5))
    assert many == [ids.make("001", first + i) for i in range(5)]
    assert many == sorted(many)
