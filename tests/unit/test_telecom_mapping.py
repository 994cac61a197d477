"""The shipped telecom mapping, its model and job: whole, and within the rules that texts and plays must keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sf_lifecycle.config.load_job import load_job
from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Label, Mapping, Model, Play, Words

ROOT = Path(__file__).resolve().parents[2]
TELECOM = ROOT / "mappings" / "telecom"
# What plays answer. The rest is answered elsewhere: T10 adoption, E2 return, E3 forecast, N1 funnel times, N2 stages'
# history, N5 reports and exports, N11 the service, N12 `check`, E9 and H1 what stands in the CRM, P6 plays by stage.
ASKED_IDS = {
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T11", "T12",
    "E1", "E4", "E5", "E6", "E7", "E8",
    "N3", "N4", "N6", "N7", "N8", "N9", "N10",
    "P1", "P2", "P3", "P4", "P5",
    "H2", "H3", "H4", "H5",
}  # fmt: skip
ELSEWHERE = {"T10", "E2", "E3", "E9", "N1", "N2", "N5", "N11", "N12", "P6", "H1"}
ALL_IDS = {f"{letter}{n}" for letter, most in (("T", 12), ("E", 9), ("N", 12), ("P", 6), ("H", 5))
           for n in range(1, most + 1)}  # fmt: skip
TELE2 = (
    "suspect", "prospect", "in contract talks", "onboarding", "customer", "renewal due", "promoter", "lost (win-back)",
)  # fmt: skip
MODELS = {
    "tele2": ("en", TELE2),
    "efficy": ("nl", ("Acquisitie", "Conversie", "Groei", "Retentie", "Herovering")),
    "servicenow": ("nl", ("Bewustwording", "Acquisitie", "Conversie", "Retentie", "Aanbeveling")),
    "profit4sf": ("nl", ("Bereik", "Acquisitie", "Conversie", "Retentie", "Loyalty")),
    "flywheel": ("pl", ("Dotarcie", "Pozyskanie", "Konwersja", "Utrzymanie", "Lojalność")),
}


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    loaded = load_mapping(TELECOM, shown="mappings/telecom")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.mapping is not None
    return loaded.mapping


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> Model:
    return _model(request.param)


def _model(name: str) -> Model:
    return load_model(ROOT / "mappings" / "models" / f"{name}.toml", shown=f"mappings/models/{name}.toml")


PLAYS = sorted(path.stem for path in (TELECOM / "plays").glob("*.toml"))


def test_the_shipped_job_is_valid_and_names_what_ships() -> None:
    loaded = load_job(ROOT / "jobs" / "nightly.toml", shown="jobs/nightly.toml", timezone="Europe/Amsterdam")
    assert loaded.problems == ()
    assert loaded.job is not None
    assert (loaded.job.mapping, loaded.job.model) == ("telecom", "tele2")


def test_five_models_ship() -> None:
    assert {path.stem for path in (ROOT / "mappings" / "models").glob("*.toml")} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_its_stages_in_the_order_of_the_life_cycle(name: str) -> None:
    language, order = MODELS[name]
    model = _model(name)
    stage = model.labels["account"]["stage"]
    assert model.language == language
    assert stage.order == order
    assert set(stage.aside) == {"lost (win-back)", "Herovering"} & set(order)  # who leaves has not come further
    assert {rule.label for rule in stage.rules} == set(order)
    assert tuple(model.stages) == order
    assert stage.stay_days == 7
    assert any(rule.now for rule in stage.rules)


@pytest.mark.parametrize("name", MODELS)
def test_the_stages_rest_on_data_and_use_history_against_flapping_alone(name: str) -> None:
    rules = [rule for rule in _model(name).labels["account"]["stage"].rules if "previous_label" in (rule.when or "")]
    assert [rule.label for rule in rules] == (["Aanbeveling"] if name == "servicenow" else [])
    assert all(f"previous_label = '{rule.label}'" in (rule.when or "") for rule in rules)


def test_the_model_whose_last_stage_is_not_described_says_that_its_rule_is_ours() -> None:
    rules = [rule for rule in _model("flywheel").labels["account"]["stage"].rules if rule.label == "Lojalność"]
    assert rules
    assert all("reguła nasza, źródło nie opisuje tego etapu" in (rule.because or "") for rule in rules)


def test_every_stage_is_served_and_every_purpose_is_used(mapping: Mapping, model: Model) -> None:
    purposes = {play.purpose for play in mapping.plays.values()}
    assert [stage for stage, served in model.stages.items() if not purposes & set(served)] == []
    assert all("follow" in served for served in model.stages.values())
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
    assert silent == ["account.approach: open"]  # the field that it is written to stays empty


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
    assert {ask for play in mapping.plays.values() for ask in play.asks} == ASKED_IDS
    assert ASKED_IDS | ELSEWHERE == ALL_IDS
    assert not ASKED_IDS & ELSEWHERE
    assert all(play.asks for play in mapping.plays.values())


def _texts(play: Play) -> list[str]:
    task = play.task
    return [text for words in (play.because, *([task.subject, task.text] if task else [])) for text in _said(words)]


def _said(words: Words | None) -> list[str]:
    return [] if words is None else [words] if isinstance(words, str) else list(words.values())


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_keeps_to_what_stands_still(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    assert "today()" not in play.occasion
    for text in _texts(play):
        assert not re.search(r"\btoday|\bdays_(since|until)|act_on|act_by|again_by|win_back_on|mail_by", text)


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
    assert high == {"early-trouble", "first-inbound", "follow-up", "answer-without-call", "renewal"}
    assert (week.per_owner_per_week, week.research_per_owner_per_week, week.kept_for_urgent) == (20, 8, 4)


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_that_speaks_names_whom(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    if play.task and play.task.channel == "call":
        assert play.contact
    if play.task and play.task.channel in ("research", "internal"):
        assert play.contact is None


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_is_about_ids_or_about_what_its_cluster_shares(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    if play.for_each in mapping.clusters:
        assert play.key == mapping.clusters[play.for_each].by
    else:
        assert all(key.rpartition(".")[2] == "id" for key in play.key)


@pytest.mark.parametrize("name", PLAYS)
def test_what_begins_something_new_never_goes_out_as_research(name: str, mapping: Mapping) -> None:
    """`find` is open where somebody has the word, so it must not speak to anybody."""
    play = mapping.plays[name]
    if play.purpose == "find":
        assert play.task is not None
        assert play.task.channel == "research"
        assert play.campaign is None


def test_who_has_the_word_leaves_following_up_open_and_the_gone_alone(mapping: Mapping) -> None:
    voice = mapping.voice
    assert voice.label == "reserved"
    words = {rule.label for rule in mapping.labels["account"]["reserved"].rules}
    assert set(voice.words) == words - {"nobody"}
    assert voice.words["gone"] == ()
    assert all("follow" in purposes for word, purposes in voice.words.items() if word != "gone")
    assert set(voice.words["in talks"]) == {"close", "follow", "welcome", "help"}


def test_priorities_are_all_different(mapping: Mapping) -> None:
    priorities = [play.priority for play in mapping.plays.values()]
    assert len(set(priorities)) == len(priorities)


def test_campaign_names_carry_the_year(mapping: Mapping) -> None:
    for play in mapping.plays.values():
        if play.campaign:
            assert "{{ wave | month_year }}" in play.campaign.name


@pytest.mark.parametrize("name", ["switch-window", "switch-free"])
def test_a_switch_play_lists_all_contracts_and_answers_the_four_questions(name: str, mapping: Mapping) -> None:
    play = mapping.plays[name]
    assert play.key == ("account.id",)
    assert play.task is not None
    for text in _said(play.task.text):
        assert "for row in rows" in text
        for question in ("just_left_us", "locked_elsewhere", "can_end_soon", "content_there"):
            assert f"account.{question}" in text


@pytest.mark.parametrize("path", sorted((TELECOM / "scripts").glob("*.j2")), ids=lambda path: path.name)
def test_a_script_is_short_and_ends_in_what_to_enter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) <= (2000 if path.stem.count(".") == 1 else 2200)
    assert "Afterwards" in text or path.stem.count(".") > 1  # in English; other languages have their own
    assert "Outcome" in text


def test_every_script_is_used(mapping: Mapping) -> None:
    used: set[str] = set()
    for play in mapping.plays.values():
        script = play.task.script if play.task else None
        if isinstance(script, str):
            used.add(script)
        elif script is not None:
            used |= {str(path) for path in (*script.values.values(), script.default)}
    assert used == {path for path in mapping.scripts if not re.search(r"\.(nl|pl)\.md\.j2$", path)}


def test_a_play_in_each_row_of_the_guide(mapping: Mapping) -> None:
    guide = (ROOT / "docs" / "guide" / "plays.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \[([a-z-]+)\]\(#\1\) \| (\d+) \|", guide, re.MULTILINE))
    assert told == {name: str(play.priority) for name, play in mapping.plays.items()}
    assert all(f"\n## {name}\n" in guide for name in mapping.plays)
