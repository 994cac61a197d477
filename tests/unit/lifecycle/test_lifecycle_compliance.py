"""A play that could not ask whether it may is refused before anything runs."""

from typing import Any

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle.compliance import problems

LABELS = {"contact": {"may_call": {"unknown": "no", "rules": [{"label": "no"}]}}}


def found(play: dict[str, Any], labels: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    base = {
        "title": "A play", "purpose": "win", "for_each": "account", "when": "true", "rank": "1", "key": ["id"],
        "occasion": "day", "priority": 50, "because": "b",
    }  # fmt: skip
    roles = {"account": [{"object": "Account", "fields": {"name": "Name"}}]}
    mapping = Mapping.model_validate(
        {"name": "m", "roles": roles, "owners": {"fallback": "desk"}, "labels": LABELS if labels is None else labels}
    ).model_copy(update={"plays": {"p": Play.model_validate(base | play)}})
    return [(problem.file, problem.place) for problem in problems(mapping)]


def task(channel: str) -> dict[str, Any]:
    return {"task": {"channel": channel, "subject": "s", "due": {"after": "day"}}}


def test_a_call_with_somebody_to_ask_is_fine() -> None:
    assert found(task("call") | {"contact": "decision_maker"}) == []


def test_a_call_to_nobody_is_refused() -> None:
    assert found(task("call")) == [("mappings/m/plays/p.toml", "contact")]


def test_a_channel_nobody_asks_about_is_refused() -> None:
    assert found(task("visit") | {"contact": "decision_maker"}) == [("mappings/m/plays/p.toml", "task.channel")]
    campaign = {"campaign": {"wave": "day", "name": "n", "members": "mail_contact"}}
    assert found(campaign) == [("mappings/m/plays/p.toml", "campaign.channel")]


def test_research_approaches_nobody() -> None:
    assert found(task("research")) == []


def test_a_label_that_fails_open_is_refused() -> None:
    open_ = {"contact": {"may_call": {"rules": [{"label": "yes"}]}}}
    assert found(task("research"), open_) == [("mappings/m/lifecycle.toml", "labels.contact.may_call.unknown")]
