"""What the lifecycle reads from the engine: one query a play, one a set with outputs, one a compliance funnel.

Column names are this room's; texts' values are columns named `t.` + the name used in the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from types import MappingProxyType

from sf_lifecycle.config.mapping import Lookup, Mapping, Play, ValueType
from sf_lifecycle.engine import Query, TextTemplate, compile_text, is_aggregate

TEXT = "t."
PLAY, STANDING, OUTPUT, FUNNEL = "play:", "standing:", "output:", "funnel:"
_LEAST_OR_MOST = re.compile(r"\s*(?:min|max)\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
SPOKEN = ("call", "visit", "email")
DATED: MappingABC[str, tuple[ValueType, ...]] = {"due": ("date",)}


@dataclass(frozen=True, kw_only=True)
class PlayTexts:
    """A play's compiled texts. `scripts`: the word the script is chosen by (lower case; "" the default) → template."""

    because: TextTemplate
    subject: TextTemplate | None
    text: TextTemplate | None
    scripts: MappingABC[str, TextTemplate]
    campaign: TextTemplate | None

    def names(self) -> frozenset[str]:
        """Every dotted name any of the texts uses."""
        texts = [self.because, self.subject, self.text, self.campaign, *self.scripts.values()]
        return frozenset().union(*(text.names for text in texts if text))

    def row_names(self) -> frozenset[str]:
        """Names used of the rows under one key."""
        texts = [self.because, self.subject, self.text, *self.scripts.values()]
        return frozenset().union(*(text.row_names for text in texts if text))


def play_file(mapping: Mapping, play: str) -> str:
    """Where a play is written, for messages."""
    return mapping.files.get(f"plays.{play}", f"mappings/{mapping.name}/plays/{play}.toml")


def play_texts(mapping: Mapping, name: str) -> PlayTexts:
    """The play's texts, compiled. Raises ConfigError with the place for a template that does not parse."""
    play, file = mapping.plays[name], play_file(mapping, name)
    task, campaign = play.task, play.campaign
    return PlayTexts(
        because=compile_text(play.because, (file, "because")),
        subject=compile_text(task.subject, (file, "task.subject")) if task else None,
        text=compile_text(task.text, (file, "task.text")) if task and task.text else None,
        scripts={
            word: compile_text(mapping.scripts[path], (f"mappings/{mapping.name}/{path}", ""))
            for word, path in script_paths(play).items()
        },
        campaign=compile_text(campaign.name, (file, "campaign.name")) if campaign else None,
    )


def script_paths(play: Play) -> dict[str, str]:
    """The word a script is chosen by, lower case ("" for the default) → its path."""
    script = play.task.script if play.task else None
    if script is None:
        return {}
    if isinstance(script, str):
        return {"": script}
    chosen = {word.lower(): str(path) for word, path in script.values.items()}
    return chosen | ({"": str(script.default)} if script.default is not None else {})


def play_query(mapping: Mapping, name: str, texts: PlayTexts) -> Query:
    """All rows a play's `when` holds for, best first, with everything the later steps need."""
    play, file = mapping.plays[name], play_file(mapping, name)
    account = "" if play.for_each == "account" else "account."
    select = {"account": f"{account}id", "object": f"{account}object", "stage": f"{account}stage", "rank": play.rank}
    places = {"where": (file, "when"), "rank": (file, "rank"), "order": (file, "rank")}
    for i, key in enumerate(play.key):
        select[f"key{i}"], places[f"key{i}"], places[f"group[{i}]"] = key, (file, f"key[{i}]"), (file, f"key[{i}]")
    aggregates: dict[str, str] = {}
    (aggregates if is_aggregate(play.occasion) else select)["occasion"] = play.occasion
    places["occasion"] = (file, "occasion")
    still = {"occasion"}
    if "name" in mapping.roles["account"][0].fields:
        select["name"] = f"{account}name"
    if play.task:
        due = play.task.due
        select |= {"owner": play.task.owner, "due": due.before or due.after or ""}
        places |= {"owner": (file, "task.owner"), "due": (file, f"task.due.{'before' if due.before else 'after'}")}
        if isinstance(play.task.script, Lookup):
            select["script"], places["script"] = play.task.script.by, (file, "task.script.by")
    if play.contact:
        select |= _approachable(mapping, "contact", play.contact, play.task.channel if play.task else "call")
        places |= {"contact": (file, "contact")}
    if play.campaign:
        select["wave"], places["wave"] = play.campaign.wave, (file, "campaign.wave")
        select |= _approachable(mapping, "member", play.campaign.members, play.campaign.channel)
        places["member"] = (file, "campaign.members")
    for used in sorted(texts.names() | texts.row_names()):
        if used not in {"wave", "script", "reason"}:
            select[TEXT + used], places[TEXT + used] = used, (file, "texts")
            still.add(TEXT + used)
    return Query(
        name=PLAY + name,
        set=play.for_each,
        select=select,
        where=play.when,
        group=play.key if aggregates else (),
        aggregates=aggregates,
        order=(f"{play.rank} desc",),
        still=frozenset(still),
        types={name_: types for name_, types in DATED.items() if name_ in select},
        places=places,
    )


def standing_query(mapping: Mapping, name: str) -> Query | None:
    """Each row's own occasion and owner, whether or not the play's `when` holds for it now; None where it has none.

    An open Task stands while some row under its key still gives its occasion: time alone moves no Task.
    """
    play, file = mapping.plays[name], play_file(mapping, name)
    found = _LEAST_OR_MOST.fullmatch(play.occasion)
    own = found[1] if found and not is_aggregate(found[1]) else play.occasion
    if is_aggregate(own):
        return None
    account = "" if play.for_each == "account" else "account."
    keys = {f"key{i}": key for i, key in enumerate(play.key)}
    owner = {"owner": play.task.owner} if play.task else {}
    places = {"occasion": (file, "occasion")} | dict.fromkeys(keys, (file, "key"))
    return Query(
        name=STANDING + name,
        set=play.for_each,
        select={"account": f"{account}id", **keys, "occasion": own, **owner},
        places=places | dict.fromkeys(owner, (file, "task.owner")),
    )


def _approachable(mapping: Mapping, column: str, path: str, channel: str) -> dict[str, str]:
    """The person's Id, and for a channel that speaks whether and why they may be approached through it."""
    label = f"may_{channel}"
    known = channel in SPOKEN and label in mapping.labels.get("contact", {})
    select = {column: f"{path}.id"}
    if known:
        select |= {f"{column}_may": f"{path}.{label}", f"{column}_basis": f"{path}.{label}.because"}
    return select


def output_query(
    mapping: Mapping, set_name: str, types: MappingABC[str, tuple[ValueType, ...]] = MappingProxyType({})
) -> Query:
    """The values written back on every record of a set. `types`: field → kinds of values that it takes."""
    file = f"mappings/{mapping.name}/lifecycle.toml"
    fields = mapping.outputs[set_name]
    account = {"about": "id"} if set_name == "account" else {"about": "account.id"}
    return Query(
        name=OUTPUT + set_name,
        set=set_name,
        select={"object": "object", **account, **fields},
        types={name: kinds for name, kinds in types.items() if kinds},
        places={name: (file, f"outputs.{set_name}.{name}") for name in fields},
    )


def stage_query() -> Query:
    """Every account's stage, for history, funnels and plays' purposes."""
    select = {
        "object": "object",
        "word": "stage",
        "rule": "stage.rule",
        "previous": "stage.previous",
        "since": "stage.since",
        "highest": "stage.highest",
        "why": "stage.because",
    }
    return Query(name="stage", set="account", select=select)


def funnel_query(label: str) -> Query:
    """Who may be approached through a channel, and what stopped the rest."""
    return Query(
        name=FUNNEL + label, set="contact", select={"word": label, "why": f"{label}.because", "account": "account.id"}
    )
