"""Nobody to approach: nobody on record, or what stops most of those who are."""

from typing import Any

import pandas as pd
import pyarrow as pa
from test_lifecycle_voice import mapping, play

from sf_lifecycle.lifecycle.nobody import NOBODY_FITS, NOBODY_ON_RECORD, UNASKED, why_nobody

PEOPLE = [
    ("001A", "no", "Do not call"),
    ("001A", "no", "No phone number"),
    ("001A", "no", "No phone number"),
    ("001A", "yes", "Customer"),
    ("001B", "yes", "Customer"),
    ("001D", "no", None),
]


def reasons(*accounts: str, **keys: Any) -> list[str]:
    columns = zip(*PEOPLE, strict=True)
    table = pa.table(dict(zip(("account", "word", "why"), map(list, columns), strict=True)))
    rows = pd.DataFrame({"play": "call", "part": None, "account": list(accounts)}, dtype=object)
    return why_nobody(rows, mapping(call=play(**keys)), {"call": table}).tolist()


def test_what_stops_most_is_said_after_a_colon() -> None:
    assert reasons("001A", "001B", "001C", "001D") == [
        "nobody may be called: No phone number", NOBODY_FITS, NOBODY_ON_RECORD, "nobody may be called",
    ]  # fmt: skip


def test_a_channel_that_asks_nobody_says_no_more_than_it_knows() -> None:
    assert reasons("001A", task={"channel": "research", "subject": "s", "due": {"after": "day"}}) == [UNASKED]
