"""A job takes back what its own plays made and what no job runs any more; what others made is theirs."""

import pandas as pd
import pytest

from sf_lifecycle.lifecycle.scope import Scope


def covers(play: str, *, plays: str, others: str = "", maker: str | None = None) -> bool:
    scope = Scope(
        job="nightly",
        plays=frozenset(plays.split()),
        others=frozenset(others.split()),
        makers={"1": maker} if maker else {},
    )
    return bool(scope.covers(pd.DataFrame({"Id": ["1"], "key": [f"{play}:about:when"]})).iloc[0])


@pytest.mark.parametrize(
    ("plays", "others", "maker", "ours"),
    [
        ("call", "", None, True),
        ("call", "", "an old name of this job", True),
        ("mail", "", None, True),  # nobody runs it
        ("mail", "call", None, False),
        ("mail", "call", "nightly", False),
        ("call", "call", "nightly", True),
        ("call", "call", "weekly", False),
        ("call", "call", None, True),
    ],
)
def test_whose_it_is(plays: str, others: str, maker: str | None, ours: bool) -> None:
    assert covers("call", plays=plays, others=others, maker=maker) is ours


def test_a_long_name_is_known_by_its_first_thirty_characters() -> None:
    name = "a-play-with-a-name-of-thirty-and-more"
    assert not covers(name[:30], plays="other", others=name)
