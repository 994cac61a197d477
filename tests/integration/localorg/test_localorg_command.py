"""What `org serve` makes of the features asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from localorg_peer import Client
from typer.testing import CliRunner

from sf_lifecycle.cli.local_org import app
from sf_lifecycle.errors import UsageError
from sf_lifecycle.localorg import Org, features_of


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["PLN"], "--currency PLN: expected one code and its rate, such as PLN=4.3, once for each"),
        (["EUR=1", "EUR=1"], "--currency EUR=1: expected"),
        (["PLN=4.3", "EUR=1"], "the corporate currency PLN has the rate 1, not 4.3"),
        (["euro=1"], "euro is no currency code"),
    ],
)
def test_currencies_that_cannot_be(given: list[str], says: str) -> None:
    options = [word for text in given for word in ("--currency", text)]
    result = CliRunner().invoke(app, ["serve", "--data", ":memory:", "--port", "0", *options])
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)


def test_a_data_file_keeps_what_it_began_with(tmp_path: Path) -> None:
    file = tmp_path / "org.db"
    Org(data=file, features=features_of(file, person_accounts=True)).close()
    result = CliRunner().invoke(app, ["serve", "--data", str(file), "--port", "0", "--no-person-accounts"])
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == (
        f"the org in {file} began with person accounts: on, and keeps that; asked for: off."
        " Leave it out, or take another data file"
    )


def test_they_are_served(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sf_lifecycle", "org", "serve", "--port", "0", "--data", "org.db", "--token", "t"]
    features = ["--currency", "EUR=1", "--currency", "PLN=4.3", "--person-accounts", "--individuals"]
    for more in (features, []):  # the second time the file knows
        with subprocess.Popen([*command, *more], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            url = process.stdout.readline().partition(" at ")[2].partition(";")[0]
            client = Client(url=url, token="t")
            assert len(client.query("SELECT IsoCode FROM CurrencyType")) == 2
            assert client.query("SELECT IsPersonAccount, PersonContactId FROM Account") == []
            assert client.query("SELECT IsPersonType FROM RecordType") == [{"IsPersonType": True}]
            client.session.close()
            process.terminate()
            assert process.wait(timeout=15) == 0
