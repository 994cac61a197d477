"""Owners who cannot work are replaced through their managers; nobody's Tasks vanish."""

import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Owners
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.owners import Desk, open_desk

USERS = pd.DataFrame(
    [
        ("rep", "Rep", True, "Standard", "boss", "rep"),
        ("gone", "Gone", False, "Standard", "boss", "gone"),
        ("orphan", "Orphan", False, "Standard", None, "orphan"),
        ("loop1", "Loop", False, "Standard", "loop2", "l1"),
        ("loop2", "Loop", False, "Standard", "loop1", "l2"),
        ("chat", "Chatter", True, "CsnOnly", "boss", "chat"),
        ("boss", "Boss", True, "Standard", None, "boss"),
        ("desk", "Desk", True, "Standard", None, "sdesk"),
    ],
    columns=["Id", "Name", "IsActive", "UserType", "ManagerId", "Alias"],
)


def desk(**keys: object) -> Desk:
    return open_desk(Owners.model_validate({"fallback": "sdesk"} | keys), USERS, file="lifecycle.toml")


def test_who_takes_the_work() -> None:
    owners = pd.Series(["rep", "gone", "chat", "orphan", "loop1", "00Gqueue", None], dtype=object)
    assert desk().resolve(owners).tolist() == ["rep", "boss", "boss", "desk", "desk", "desk", "desk"]
    assert desk().unresolved(owners) == 4


@pytest.mark.parametrize(
    ("keys", "place", "says"),
    [
        ({"fallback": "nobody"}, "owners.fallback", "no user of the org has Alias 'nobody'"),
        ({"fallback": "gone"}, "owners.fallback", "inactive"),
        ({"named": {"communications": "chat"}}, "owners.named.communications", "no full user"),
    ],
)
def test_a_name_that_cannot_work_is_said(keys: dict[str, object], place: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        desk(**keys)
    (problem,) = raised.value.problems
    assert (problem.file, problem.place) == ("lifecycle.toml", place)
    assert says in problem.message
