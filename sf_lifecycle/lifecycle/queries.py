"""What the lifecycle reads from the engine: one query a play, one a set with outputs, one a compliance funnel.

Column names are this room's; texts' values are columns named `t.` + the name used in the template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping as MappingABC, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from sf_lifecycle.config.mapping import Lookup, Mapping, Members, Play, ValueType, Words
from sf_lifecycle.config.text_languages import home_language, languages_of
from sf_lifecycle.engine import Query, TextTemplate, is_aggregate
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.lifecycle.campaign_names import name_problems
from sf_lifecycle.lifecycle.speech import Said, compiled, say

TEXT = "t."
PLAY, STANDING, OUTPUT, FUNNEL = "play:", "standing:", "output:", "funnel:"
FIRMS, OF_CLUSTER, TEXTS, FIRM_TEXTS, VOICE = "firms:", "of cluster:", "texts:", "firm texts:", "voice"
_LEAST_OR_MOST = re.compile(r"\s*(?:min|max)\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
BASIS = "contact_basis"
VERBS = {"call": "called", "visit": "visited", "email": "mailed"}
SPOKEN = tuple(VERBS)
OWNERS = ("User", "Group")
KINDS: MappingABC[str, tuple[ValueType, ...]] = {"day": ("date",), "owner": ("id",), "order[0]": ("number",)}


@dataclass(frozen=True, kw_only=True)
class PlayTexts:
    """A play's texts, compiled in every language. `scripts`: the word the script is chosen by (lower case; "" the
    default) → script. `member`: why a firm of a cluster is a member, of that firm's own names.
    """

    because: Said
    subject: Said | None
    text: Said | None
    scripts: MappingABC[str, Said]
    campaign: Said | None
    member: Said | None = None

    def names(self) -> frozenset[str]:
        """Every dotted name any of the texts uses, in any language; those of `member` apart."""
        return frozenset().union(*(text.names for text in self._all()))

    def row_names(self) -> frozenset[str]:
        """Names used of the rows under one key."""
        return frozenset().union(*(text.row_names for text in self._all()))

    def member_names(self) -> frozenset[str]:
        """Names that `member` uses, of the set it groups."""
        texts = self.member.by_language.values() if self.member else ()
        return frozenset().union(*(text.names | text.row_names for text in texts))

    def place_of(self, name: str) -> tuple[str, str] | None:
        """(file, key path) of the first text that uses a name, with the language of a text that has several."""
        return next((text.place for text in self._all() if name in text.names | text.row_names), None)

    def _all(self) -> list[TextTemplate]:
        said = [self.because, self.subject, self.text, self.campaign, *self.scripts.values()]
        return [text for each in said if each for text in each.by_language.values()]


def play_file(mapping: Mapping, play: str) -> str:
    """Where a play is written, for messages."""
    return mapping.files.get(f"plays.{play}", f"mappings/{mapping.name}/plays/{play}.toml")


def play_texts(mapping: Mapping, name: str) -> PlayTexts:
    """The play's texts, compiled. Raises ConfigError with the place of every text and language that does not parse."""
    play, file = mapping.plays[name], play_file(mapping, name)
    task, campaign = play.task, play.campaign
    members = campaign.members if campaign and isinstance(campaign.members, Members) else None
    problems: list[Problem] = []

    def said(words: Words | None, place: str) -> Said | None:
        return _kept(partial(say, words, (file, place), mapping.locale), problems) if words else None

    because = said(play.because, "because")
    texts = {
        "subject": said(task.subject if task else None, "task.subject"),
        "text": said(task.text if task else None, "task.text"),
        "campaign": said(campaign.name if campaign else None, "campaign.name"),
        "member": said(members.because if members else None, "campaign.members.because"),
    }
    if campaign and (named := texts["campaign"]):
        problems += [each for text in named.by_language.values() for each in name_problems(campaign, text)]
    scripts = {word: _kept(partial(_script, mapping, path), problems) for word, path in script_paths(play).items()}
    if problems or because is None:
        raise ConfigError(list(dict.fromkeys(problems)))
    return PlayTexts(because=because, scripts={word: each for word, each in scripts.items() if each}, **texts)


def _script(mapping: Mapping, path: str) -> Said:
    """A script in all its languages."""
    files = languages_of(path, mapping.scripts, home_language(mapping.locale))
    shown = {file: mapping.files.get(file, f"mappings/{mapping.name}/{file}") for file in files.values()}
    return compiled({lang: (mapping.scripts[file], (shown[file], "")) for lang, file in files.items()}, mapping.locale)


def _kept(compile_: Callable[[], Said], problems: list[Problem]) -> Said | None:
    """What a compilation gives; its problems are put with the others."""
    try:
        return compile_()
    except ConfigError as error:
        problems += error.problems
        return None


def script_paths(play: Play) -> dict[str, str]:
    """The word a script is chosen by, lower case ("" for the default) → its path."""
    script = play.task.script if play.task else None
    if script is None:
        return {}
    if isinstance(script, str):
        return {"": script}
    chosen = {word.lower(): str(path) for word, path in script.values.items()}
    return chosen | ({"": str(script.default)} if script.default is not None else {})


def play_query(mapping: Mapping, name: str) -> Query:
    """All rows a play's `when` holds for, best first, with what deciding needs and nothing else."""
    play, file = mapping.plays[name], play_file(mapping, name)
    select, places = _about(mapping, play.for_each, account_of(mapping, name))
    places |= {"where": (file, "when"), "order": (file, "rank"), "account": (file, "task.account")}
    for i, key in enumerate(play.key):
        select[f"key{i}"], places[f"key{i}"], places[f"group[{i}]"] = key, (file, f"key[{i}]"), (file, f"key[{i}]")
    aggregates: dict[str, str] = {}
    (aggregates if is_aggregate(play.occasion) else select)["occasion"] = play.occasion
    places["occasion"] = (file, "occasion")
    if play.task:
        due = play.task.due
        select |= {"owner": play.task.owner, "day": due.before or due.after or ""}
        places |= {"owner": (file, "task.owner"), "day": (file, f"task.due.{'before' if due.before else 'after'}")}
        if isinstance(play.task.script, Lookup):
            select["script"], places["script"] = play.task.script.by, (file, "task.script.by")
    if play.contact:
        select |= _approachable(mapping, "contact", play.contact, play.task.channel if play.task else "call")
        places |= {"contact": (file, "contact")}
    if play.campaign:
        select["wave"], places["wave"] = play.campaign.wave, (file, "campaign.wave")
        if isinstance(play.campaign.members, str):
            select |= _approachable(mapping, "member", play.campaign.members, play.campaign.channel)
            places["member"] = (file, "campaign.members")
    return Query(
        name=PLAY + name,
        set=play.for_each,
        select=select,
        where=play.when,
        group=play.key if aggregates else (),
        aggregates=aggregates,
        order=(f"{play.rank} desc",),
        timeless=frozenset({"occasion", *(f"key{i}" for i in range(len(play.key)))}),
        types={column: types for column, types in KINDS.items() if column in select or column == "order[0]"},
        rows=_rows(mapping, name),
        refers={"owner": OWNERS} if play.task else {},
        places=places,
    )


def members_query(mapping: Mapping, name: str) -> Query | None:
    """The rows whose firms a cluster's campaign is for, with the cluster's key values; None for any other play."""
    play, file = mapping.plays[name], play_file(mapping, name)
    if play.campaign is None or not isinstance(play.campaign.members, Members):
        return None
    members = play.campaign.members
    select, places = _about(mapping, members.from_, "" if members.from_ == "account" else "account")
    for i, key in enumerate(play.key):
        select[f"key{i}"], places[f"key{i}"] = f"{play.for_each}.{key}", (file, f"key[{i}]")
    select |= _approachable(mapping, "member", members.contact, play.campaign.channel)
    places |= {"member": (file, "campaign.members.contact"), "where": (file, "campaign.members.where")}
    return Query(
        name=FIRMS + name,
        set=members.from_,
        select=select,
        where=members.where or "id is not null",
        rows={"member": (members.contact, "contact")},
        places=places,
    )


def of_cluster_query(mapping: Mapping, name: str) -> Query | None:
    """Every row that a play's cluster groups, with its account and its cluster's key values; None for other plays."""
    play, file = mapping.plays[name], play_file(mapping, name)
    if play.for_each not in mapping.clusters or play.task is None:
        return None
    of = mapping.clusters[play.for_each].of
    select, places = _about(mapping, of, "" if of == "account" else "account")
    for i, key in enumerate(play.key):
        select[f"key{i}"], places[f"key{i}"] = f"{play.for_each}.{key}", (file, f"key[{i}]")
    return Query(name=OF_CLUSTER + name, set=of, select=select, places=places)


def texts_query(mapping: Mapping, name: str, texts: PlayTexts) -> Query | None:
    """What a play's texts say of each row, and why its person may be approached, asked of those alone that are made;
    None where there is nothing to ask.
    """
    play, file = mapping.plays[name], play_file(mapping, name)
    used = [each for each in sorted(texts.names() | texts.row_names()) if each != "wave" or not play.campaign]
    places = {TEXT + each: texts.place_of(each) or (file, "") for each in used}
    said = _said(TEXTS + name, play.for_each, used, places)
    channel = play.task.channel if play.task else "call"
    if play.contact is None or not _is_known(mapping, channel):
        return said
    said = said or Query(name=TEXTS + name, set=play.for_each, select={})
    select = {**said.select, TEXT + BASIS: f"{play.contact}.may_{channel}.because"}
    places |= {"account": (file, "task.account"), "contact": (file, "contact"), "member": (file, "campaign.members")}
    return replace(said, select=select, rows=_rows(mapping, name), places=places)


def member_texts_query(mapping: Mapping, name: str, texts: PlayTexts) -> Query | None:
    """What the reason of a cluster's members says of each firm; None where it names nothing of theirs."""
    play = mapping.plays[name]
    if play.campaign is None or not isinstance(play.campaign.members, Members):
        return None
    used = sorted(texts.member_names())
    place = (play_file(mapping, name), "campaign.members.because")
    return _said(FIRM_TEXTS + name, play.campaign.members.from_, used, {TEXT + each: place for each in used})


def voice_query(mapping: Mapping) -> Query | None:
    """Accounts where somebody has the word, and why; None where no label says so."""
    voice, file = mapping.voice, mapping.files.get("voice", f"mappings/{mapping.name}/lifecycle.toml")
    if voice.label is None or not voice.words:
        return None
    return Query(
        name=VOICE,
        set="account",
        select={"word": voice.label, "why": f"{voice.label}.because"},
        places={"word": (file, "voice.label"), "why": (file, "voice.label")},
    )


def account_of(mapping: Mapping, name: str) -> str:
    """Where a play's rows have their account: "" where they are accounts, else the path to it."""
    play = mapping.plays[name]
    if play.for_each in mapping.clusters:
        return (play.task.account if play.task else None) or ""
    return "" if play.for_each == "account" else "account"


def _about(mapping: Mapping, set_: str, path: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The account of a row, its object, stage and name. A cluster without a Task has none of its own."""
    if set_ in mapping.clusters and not path:
        return {}, {}
    before = f"{path}." if path else ""
    select = {"account": f"{before}id", "object": f"{before}object", "stage": f"{before}stage"}
    if set_ not in mapping.clusters and "name" in mapping.roles["account"][0].fields:
        select["name"] = f"{before}name"
    return select, {}


def _said(name: str, set_: str, used: Sequence[str], places: MappingABC[str, tuple[str, str]]) -> Query | None:
    select = {TEXT + each: each for each in used}
    return Query(name=name, set=set_, select=select, still=frozenset(select), places=places) if select else None


def standing_query(mapping: Mapping, name: str) -> Query | None:
    """Each row's own occasion and owner, whether or not the play's `when` holds for it now; None where it has none.

    An open Task stands while some row under its key still gives its occasion: time alone moves no Task. Rows of a
    cluster have no account here: whichever firm a joint Task is at, it stands for the cluster.
    """
    play, file = mapping.plays[name], play_file(mapping, name)
    found = _LEAST_OR_MOST.fullmatch(play.occasion)
    own = found[1] if found and not is_aggregate(found[1]) else play.occasion
    if is_aggregate(own):
        return None
    path = account_of(mapping, name)
    keys = {f"key{i}": key for i, key in enumerate(play.key)}
    owner = {"owner": play.task.owner} if play.task else {}
    account = {} if play.for_each in mapping.clusters else {"account": f"{path}.id" if path else "id"}
    places = {"occasion": (file, "occasion")} | dict.fromkeys(keys, (file, "key"))
    return Query(
        name=STANDING + name,
        set=play.for_each,
        select={**account, **keys, "occasion": own, **owner},
        places=places | dict.fromkeys(owner, (file, "task.owner")),
    )


def _rows(mapping: Mapping, name: str) -> dict[str, tuple[str, str]]:
    """By column, the play's paths that must lead to a row, and of which set."""
    play = mapping.plays[name]
    rows = {}
    if play.for_each in mapping.clusters and play.task and play.task.account:
        rows["account"] = (play.task.account, "account")
    if play.contact:
        rows["contact"] = (play.contact, "contact")
    if play.campaign and isinstance(play.campaign.members, str):
        rows["member"] = (play.campaign.members, "contact")
    return rows


def _approachable(mapping: Mapping, column: str, path: str, channel: str) -> dict[str, str]:
    """The person's Id, and for a channel that speaks whether they may be approached through it."""
    label = f"may_{channel}"
    known = _is_known(mapping, channel)
    select = {column: f"{path}.id"}
    if known:
        select[f"{column}_may"] = f"{path}.{label}"
    return select


def _is_known(mapping: Mapping, channel: str) -> bool:
    """Is it worked out who may be approached through it?"""
    return channel in SPOKEN and f"may_{channel}" in mapping.labels.get("contact", {})


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
        still=frozenset(fields),
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
