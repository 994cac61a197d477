"""Which labels' words are counted, night by night, for the guard against jumps."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.lifecycle.figures import label_fields, words_in

RULES = {"rules": [{"label": "free"}]}
ROLES = {
    "account": {"object": "Account", "fields": {"name": "Name"}},
    "deal": {"object": "Deal__c", "parent": "Account__c", "fields": {"ends": "Ends__c"}},
}


def mapping(**outputs: Any) -> Mapping:
    labels = {"account": {"reach": RULES}, "deal": {"positie": RULES}}
    known = {"name": "firm", "owners": {"fallback": "desk"}, "roles": {n: [r] for n, r in ROLES.items()}}
    return Mapping.model_validate({**known, "labels": labels, "outputs": outputs})


MODEL = Model.model_validate({"title": "M", "labels": {"account": {"stage": RULES, "tier": RULES}}, "stages": {}})


def test_every_label_whose_bare_word_is_written_is_counted_under_its_own_name() -> None:
    of = mapping(
        account={"Stage__c": "stage", "Tier__c": " tier ", "Why__c": "reach.because", "Was__c": "tier.previous"},
        deal={"Stand__c": "positie", "Ends__c": "ends", "Twice__c": "positie"},
    )
    assert label_fields(of, MODEL, "account") == {"Tier__c": "account.tier"}
    assert list(label_fields(of, MODEL, "deal").values()) == ["deal.positie"]
    assert label_fields(of, MODEL, "contact") == {}


def test_words_are_counted_without_those_that_are_not_known() -> None:
    rows = pa.table(
        {"Stand__c": pa.chunked_array([["free", None], ["free", "locked"]]), "Other__c": ["a", "b", "c", "d"]}
    )
    assert words_in(rows, {"Stand__c": "deal.positie"}) == {"deal.positie": Counter(free=2, locked=1)}
