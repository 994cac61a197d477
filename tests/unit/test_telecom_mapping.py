"""The shipped telecom mapping, its model and job: whole, and within the rules that texts and plays must keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sf_lifecycle.config.load_job import load_job
from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Label, Mapping, Model, Play

ROOT = Path(__file__).resolve().parents[2]
TELECOM = ROOT / "mappings" / "telecom"
ASKED_IDS = {"T1", "T2", "T3", "T5", "T6", "T8", "T9", "T11", "E8"}
TELE2 = (
    "suspect", "prospect", "in contract talks", "onboarding", "customer", "renewal due", "promoter", "lost (win-back)",
)  # fmt: skip


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    loaded = load_mapping(TELECOM, shown="mappings/telecom")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.mapping is not None
    return loaded.mapping


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(ROOT / "mappings" / "models" / "tele2.toml", shown="mappings/models/tele2.toml")


PLAYS = sorted(path.stem for path in (TELECOM / "plays").glob("*.toml"))


def test_the_shipped_job_is_valid_and_names_what_ships() -> None:
    loaded = load_job(ROOT / "jobs" / "nightly.toml", shown="jobs/nightly.toml", timezone="Europe/Amsterdam")
    assert loaded.problems == ()
    assert loaded.job is not None
    assert (loaded.job.mapping, loaded.job.model) == ("telecom", "tele2")


def test_the_model_has_the_eight_stages_in_the_order_of_the_life_cycle(model: Model) -> None:
    stage = model.labels["account"]["stage"]
    assert stage.order == TELE2
    assert {rule.label for rule in stage.rules} == set(TELE2)
    assert tuple(model.stages) == TELE2


def test_the_stages_rest_on_data_not_on_history(model: Model) -> None:
    conditions = " ".join(rule.when or "" for rule in model.labels["account"]["stage"].rules)
    assert "previous_label" not in conditions
    assert "days_in_label" not in conditions


def test_every_stage_is_served_and_every_purpose_is_used(mapping: Mapping, model: Model) -> None:
    purposes = {play.purpose for play in mapping.plays.values()}
    assert [stage for stage, served in model.stages.items() if not purposes & set(served)] == []
    assert purposes <= {purpose for served in model.stages.values() for purpose in served}


def test_needs_are_met_by_names_of_the_account(mapping: Mapping, model: Model) -> None:
    fields = {name for source in mapping.roles["account"] for name in source.fields}
    names = fields | set(mapping.columns["account"]) | set(mapping.features["account"]) | set(mapping.labels["account"])
    assert set(model.needs) - names == set()


def _labels(mapping: Mapping, model: Model) -> list[tuple[str, Label]]:
    return [
        (f"{of_set}.{name}", label)
        for labels in (mapping.labels, model.labels)
        for of_set, named in labels.items()
        for name, label in named.items()
    ]


def test_every_rule_says_why(mapping: Mapping, model: Model) -> None:
    silent = [
        f"{name}: {rule.label}" for name, label in _labels(mapping, model) for rule in label.rules if not rule.because
    ]
    assert silent == []


def test_compliance_fails_closed(mapping: Mapping) -> None:
    for name in ("may_call", "may_email"):
        label = mapping.labels["contact"][name]
        assert label.unknown == "no"
        assert label.rules[-1].label == "no"


def test_the_four_questions_can_be_unknown(mapping: Mapping) -> None:
    for name in ("just_left_us", "locked_elsewhere", "can_end_soon", "content_there"):
        label = mapping.labels["account"][name]
        assert label.unknown == "unknown"
        assert {rule.label for rule in label.rules} >= {"yes", "no"}


def test_the_plays_asked_for_are_there(mapping: Mapping) -> None:
    asked = {ask for play in mapping.plays.values() for ask in play.asks}
    assert ASKED_IDS - {"T1"} <= asked
    assert len(mapping.plays) >= 8


def _texts(play: Play) -> list[str]:
    task = play.task
    return [play.because, *([task.subject, task.text or ""] if task else [])]


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_keeps_to_what_stands_still(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    assert "today()" not in play.occasion
    for text in _texts(play):
        assert not re.search(r"\btoday|\bdays_(since|until)|act_on|act_by|win_back_on", text)


def test_a_window_that_closes_goes_before_a_contract_that_can_be_left_any_month(mapping: Mapping) -> None:
    assert mapping.plays["switch-window"].priority > mapping.plays["switch-free"].priority


@pytest.mark.parametrize("name", PLAYS)
def test_a_day_after_today_comes_within_the_days_ahead(name: str, mapping: Mapping) -> None:
    task = mapping.plays[name].task
    if task and task.due.after and "today()" in task.due.after:
        assert task.due.business_days <= mapping.capacity.lead_days / 2


def test_what_comes_at_short_notice_finds_room(mapping: Mapping) -> None:
    high = {name for name, play in mapping.plays.items() if play.task and play.task.priority == "High"}
    week = mapping.capacity
    assert high == {"early-trouble", "renewal"}
    assert (week.per_owner_per_week, week.research_per_owner_per_week, week.kept_for_urgent) == (20, 8, 4)


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_that_speaks_names_whom(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    if play.task and play.task.channel == "call":
        assert play.contact
    if play.task and play.task.channel in ("research", "internal"):
        assert play.contact is None


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_is_about_ids_only(name: str, mapping: Mapping) -> None:
    assert all(key.rpartition(".")[2] == "id" for key in mapping.plays[name].key)


def test_campaign_names_carry_the_year(mapping: Mapping) -> None:
    for play in mapping.plays.values():
        if play.campaign:
            assert "{{ wave | month_year }}" in play.campaign.name


@pytest.mark.parametrize("name", ["switch-window", "switch-free"])
def test_a_switch_play_lists_all_contracts_and_answers_the_four_questions(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    assert play.key == ("account.id",)
    assert play.task is not None
    assert play.task.text is not None
    assert "for row in rows" in play.task.text
    for question in ("just_left_us", "locked_elsewhere", "can_end_soon", "content_there"):
        assert f"account.{question}" in play.task.text


@pytest.mark.parametrize("path", sorted((TELECOM / "scripts").glob("*.j2")), ids=lambda path: path.name)
def test_a_script_is_short_and_ends_in_what_to_enter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) <= 2000
    assert "Afterwards" in text
    assert "Outcome" in text
    assert "comes back then" not in text  # nothing is made from Next Date


def test_every_script_is_used(mapping: Mapping) -> None:
    used: set[str] = set()
    for play in mapping.plays.values():
        script = play.task.script if play.task else None
        if isinstance(script, str):
            used.add(script)
        elif script is not None:
            used |= {str(path) for path in (*script.values.values(), script.default)}
    assert used == set(mapping.scripts)


def test_a_play_in_each_row_of_the_guide(mapping: Mapping) -> None:
    guide = (ROOT / "docs" / "guide" / "plays.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \[([a-z-]+)\]\(#\1\) \| (\d+) \|", guide, re.MULTILINE))
    assert told == {name: str(play.priority) for name, play in mapping.plays.items()}
    assert all(f"\n## {name}\n" in guide for name in mapping.plays)
