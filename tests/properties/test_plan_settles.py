"""Whatever the firm is like: what was applied is not planned again, and one mirror gives one plan, to the byte."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from paper_org import PaperOrg, document, rules
from paper_worlds import DAY, World, worlds

from sf_lifecycle.plan.document import load

TINY = ("paper", "tiny")
TINY_BELOW = ("Contact", "Lifecycle_Provider_Contract__c")
TELECOM_WORLDS = worlds(most=15)
TINY_WORLDS = worlds(most=15, below=TINY_BELOW, leads=0)

few = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # a night takes too long to look for the smallest firm here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
many = settings(few, phases=tuple(Phase), max_examples=100, derandomize=False)


def settles(firm: tuple[str, ...], world: World) -> None:
    with PaperOrg(rules(*firm), world) as org:
        night = org.run(DAY)
        written = document(night.plan)
        again = load(iter(written.splitlines(keepends=True)), name="plan")
        assert again.digest == night.plan.digest
        assert document(again) == written
        quiet = org.night(DAY).plan
        assert quiet.is_empty, [(s.object, s.operation, list(s.records(0, 3))) for s in quiet.sections]
        nobody_is_approached_who_said_no(org, firm)


def nobody_is_approached_who_said_no(org: PaperOrg, firm: tuple[str, ...]) -> None:
    plays = rules(*firm).mapping.plays
    for task in org.ours["Task"].values():
        part = plays[task["Lifecycle_Play__c"]].task
        who = org.records["Contact"].get(str(task.get("WhoId")))
        if part and part.channel == "call":
            assert who is not None, "a call needs somebody to call"
            assert not who["DoNotCall"]
            assert who["Phone"]
            assert who["Lifecycle_Call_Consent__c"] != "Refused" or firm == TINY
            assert who["AccountId"] == task["WhatId"]
    for member in org.ours["CampaignMember"].values():
        who = org.records["Contact"][member["ContactId"]]
        assert not who["HasOptedOutOfEmail"]


def same_bytes(firm: tuple[str, ...], world: World, seeds: Iterable[int]) -> None:
    with PaperOrg(rules(*firm), world) as org:
        night = org.night(DAY)
        first = night.plan
        plans = [first, org.night(DAY).plan, *(org.night(DAY, shuffled=seed).plan for seed in seeds)]
        assert len({document(plan) for plan in plans}) == 1
        org.carry_out(night)
        later = DAY.replace(day=DAY.day + 3)
        assert len({document(org.night(later, shuffled=seed).plan) for seed in (*seeds, None)}) == 1


@few
@given(world=TELECOM_WORLDS)
def test_what_was_applied_is_not_planned_again(world: World) -> None:
    settles((), world)


@few
@given(world=TINY_WORLDS)
def test_several_rows_under_a_key_settle_as_well(world: World) -> None:
    settles(TINY, world)


@pytest.mark.slow
@settings(few, max_examples=2)
@given(world=TELECOM_WORLDS, seed=st.integers(0, 1000))
def test_the_order_of_rows_says_nothing(world: World, seed: int) -> None:
    same_bytes((), world, (seed,))


@settings(few, max_examples=2)
@given(world=TINY_WORLDS, seed=st.integers(0, 1000))
def test_the_order_of_rows_under_a_key_says_nothing(world: World, seed: int) -> None:
    same_bytes(TINY, world, (seed,))


@pytest.mark.slow
@many
@given(world=TELECOM_WORLDS)
def test_many_firms_settle(world: World) -> None:
    settles((), world)


@pytest.mark.slow
@many
@given(world=TINY_WORLDS)
def test_many_firms_settle_with_several_rows_under_a_key(world: World) -> None:
    settles(TINY, world)


@pytest.mark.slow
@settings(many, max_examples=20)
@given(world=TELECOM_WORLDS, seeds=st.lists(st.integers(0, 1000), min_size=2, max_size=2))
def test_many_orders_of_rows_say_nothing(world: World, seeds: list[int]) -> None:
    same_bytes((), world, seeds)


@pytest.mark.slow
@settings(many, max_examples=20)
@given(world=TINY_WORLDS, seeds=st.lists(st.integers(0, 1000), min_size=2, max_size=2))
def test_many_orders_of_rows_under_a_key_say_nothing(world: World, seeds: list[int]) -> None:
    same_bytes(TINY, world, seeds)
