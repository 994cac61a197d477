"""Time alone rewrites no text; a record that changes does, however long the Task kept its words before."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from sf_lifecycle.lifecycle.steady import STANDS, Wanted, steady

DAY = dt.date(2026, 3, 2)
KEY = "play:about:time"


def stand(said: str) -> pd.DataFrame:
    """One open Task, as the org has it."""
    task = {"Id": "00T1", "outreach": "play:about", **dict.fromkeys(STANDS.values(), said)}
    return pd.DataFrame([task], dtype=object)


def says(text: str, **more: object) -> pd.DataFrame:
    """What today would say in it."""
    row = {"outreach": "play:about", "key": KEY, "state": "open", "held": False, "moved": False}
    return pd.DataFrame([row | dict.fromkeys(STANDS, text) | more], dtype=object)


def night(
    today: str, standing: str, *, then: str | None, before: Wanted = Wanted(), as_of: dt.date = DAY, **more: object
) -> tuple[bool, Wanted]:
    """(are the words kept?, what is remembered). `then`: what the records give for the day that was asked last."""

    def earlier(rows: pd.DataFrame) -> pd.DataFrame:
        assert as_of != before.day, "nobody needs to ask"
        return rows.assign(**dict.fromkeys(STANDS, then)) if then is not None else rows.iloc[:0]

    kept, wanted = steady(
        says(today, **more), stand(standing), (), earlier=earlier, fit=lambda fields: fields, before=before, as_of=as_of
    )
    return bool(kept.iloc[0]), Wanted(day=as_of, words=wanted)


def test_what_time_alone_changes_is_left_as_it_stands() -> None:
    kept, _ = night("a second line too", "one line", then="one line")
    assert kept


def test_what_a_record_changes_is_written() -> None:
    kept, wanted = night("until 4 May", "until 1 May", then="until 4 May")
    assert not kept
    assert wanted.words == {}


def test_the_same_words_need_no_second_look() -> None:
    kept, wanted = night("as it is", "as it is\r\n".strip(), then=None)
    assert not kept
    assert wanted.words == {}


def test_words_kept_for_many_nights_give_way_when_a_record_changes() -> None:
    kept, wanted = night("two lines", "one line", then="one line")
    for days in (1, 2, 3):  # quiet nights: what was wanted last night is what the records still give for it
        kept, wanted = night("two lines", "one line", then="two lines", before=wanted, as_of=DAY + dt.timedelta(days))
        assert kept
    kept, wanted = night("three lines", "one line", then="two lines", before=wanted, as_of=DAY + dt.timedelta(4))
    assert kept
    kept, _ = night("three at KPN", "one line", then="three at KPN", before=wanted, as_of=DAY + dt.timedelta(5))
    assert not kept


def test_a_second_run_of_the_day_keeps_what_the_first_one_kept() -> None:
    _, wanted = night("two lines", "one line", then="one line")
    assert night("two lines", "one line", then=None, before=wanted)[0]
    assert not night("three lines", "one line", then=None, before=wanted)[0]


def test_what_was_on_no_list_that_day_is_written() -> None:
    assert not night("back again", "as it was", then=None)[0]


def test_a_task_that_moves_gets_its_words() -> None:
    assert not night("until 4 May", "until 1 May", then="until 1 May", moved=True)[0]
