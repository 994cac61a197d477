"""An amount in its record's own currency is not shown with the firm's code."""

from __future__ import annotations

import pytest

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.lifecycle.money_texts import money_problems
from sf_lifecycle.lifecycle.queries import play_texts


@pytest.fixture(scope="module")
def telecom() -> Mapping:
    loaded = load_mapping(shipped_root() / "mappings" / "telecom", shown="mappings/telecom")
    assert loaded.mapping is not None
    return loaded.mapping


def told(telecom: Mapping, text: str, *, own: bool = True) -> list[str]:
    """What is said of the renewal play with this text, our contracts' amounts being as their records have them."""
    (source,) = telecom.roles["own_contract"]
    monthly = source.fields["monthly"].model_copy(update={"currency": "own" if own else "corporate"})
    fields = {**source.fields, "monthly": monthly}
    play = telecom.plays["renewal"]
    assert play.task is not None
    task = play.task.model_copy(update={"text": text, "script": None})
    changed = play.model_copy(update={"because": "It is due", "task": task.model_copy(update={"subject": "Call"})})
    mapping = telecom.model_copy(
        update={
            "roles": {**telecom.roles, "own_contract": (source.model_copy(update={"fields": fields}),)},
            "plays": {"renewal": changed},
        }
    )
    return [str(each) for each in money_problems(mapping, {"renewal": play_texts(mapping, "renewal")})]


@pytest.mark.parametrize(
    "text",
    [
        "{{ monthly | money }}",
        "{{ monthly or 0 | money }}{{ (monthly or 0) | money }}",
        "{% for row in rows %}{{ row.monthly | money }}{% endfor %}",
        "{{ account.own_monthly | money }}",  # a sum of them
    ],
)
def test_without_a_code_it_is_an_error(telecom: Mapping, text: str) -> None:
    (found,) = told(telecom, text)
    assert "renewal.toml: task.text: " in found
    assert "is in its record's own currency" in found
    assert "write money(currency)" in found


@pytest.mark.parametrize(
    "text", ["{{ monthly | money(status) }}", "{{ monthly | money('PLN') }}", "{{ account.worth_elsewhere | money }}"]
)
def test_with_a_code_or_from_another_field_it_is_none(telecom: Mapping, text: str) -> None:
    assert told(telecom, text) == []


def test_an_amount_in_the_firms_own_currency_needs_no_code(telecom: Mapping) -> None:
    assert told(telecom, "{{ monthly | money }}", own=False) == []
