"""Tables, JSON and progress."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from sf_lifecycle.cli.output import plain, print_json, progress, say, table


def test_a_table_shows_data_as_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = "x" * 200
    rows = [
        ("[b]Bakker[/b] :x:", 12345, None, True),
        ("Nothing", 0, None, Decimal("0E-10")),
        (f"=HYPERLINK(1)\n{long}", 0, dt.date(2026, 1, 2), Decimal("1.50")),
    ]
    table(("Name", "Count", "Day", "Value"), rows, title="A [b]title[/b]", right=("Count",))
    shown = capsys.readouterr().out
    assert "A [b]title[/b]" in shown
    assert "[b]Bakker[/b] :x:" in shown
    assert "12,345" in shown
    assert f"=HYPERLINK(1) {long}" in shown
    assert "2026-01-02" in shown
    assert "1.50" in shown
    assert "0E-10" not in shown


def test_what_steers_a_terminal_is_taken_out() -> None:
    assert plain("a\x1b[31m\x07b\u202ec\n\td\u200d") == "a\ufffd[31m\ufffdb\ufffdc\n\td\u200d"


def test_json_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": Decimal("0.10"), "b": dt.date(2026, 1, 2), "c": Path("x/y"), "d": {"z", "a"}, "e": "ł"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"a": "0.10", "b": "2026-01-02", "c": "x/y", "d": ["a", "z"], "e": "ł"}
    with pytest.raises(TypeError):
        print_json(object())


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as tick:
        tick("Account", 1, 2)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_line_takes_styles_but_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    say("a ", ("[b]", "bold"), " c")
    assert capsys.readouterr().out == "a [b] c\n"
