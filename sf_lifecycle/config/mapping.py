"""The mapping language's shape: what `mappings/` may say. Values only; what the expressions mean is the engine's.

Expressions (SQL) and texts (Jinja) are kept as written. Field order follows docs/guide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

Scalar = bool | int | Decimal | str | dt.date
ValueType = Literal["text", "number", "date", "datetime", "boolean", "id"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
Text = Annotated[str, Field(min_length=1, max_length=32000)]
Path = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
# One text, or one a language (`en`, `nl`): a rep reads their own where it is there, else the mapping's `locale`'s.
Words = Text | Annotated[dict[Language, Text], Field(min_length=1)]


class Part(BaseModel):
    """Base of every part of the configuration: frozen, no unknown keys, keys may carry TOML's spelling by alias."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class FieldRef(Part):
    """Our name's field: an API name or relationship path. `type` only where no description of the org is at hand.

    `currency`: money is worth its amount in the corporate currency, or (`own`) as the record has it.
    """

    field: str = Field(min_length=1)
    type: ValueType | None = None
    currency: Literal["corporate", "own"] = "corporate"


def _field_ref(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


class Source(Part):
    """One object a role is read from. `parent` is the API name of the reference to the account, or `Id` where the
    record is its own account (a Lead is the firm and the person in one).

    `pull`: how the mirror keeps up: `auto` reads what changed where every field can tell, and all of it otherwise.
    """

    object: str = Field(min_length=1)
    parent: str | None = None
    pull: Literal["auto", "incremental", "full"] = "auto"
    where: Expression | None = None
    fields: dict[Name, Annotated[FieldRef, BeforeValidator(_field_ref)]] = Field(min_length=1)


class Lookup(Part):
    """A value that varies by an expression; words not listed take the default. Texts compare without regard to case."""

    by: Expression
    values: dict[str, Scalar] = Field(min_length=1)
    default: Scalar | None = None


class Feature(Part):
    """A value aggregated from a child set (`value`), or one row picked from it by an ordering (`pick`)."""

    from_: Name = Field(alias="from")
    value: Expression | None = None
    pick: Expression | None = None
    where: Expression | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Feature:
        if (self.value is None) == (self.pick is None):
            raise ValueError("expected either `value` (an aggregate) or `pick` (an ordering)")
        return self


class Rule(Part):
    """One rule of a label. `until` is exclusive. The last rule has no `when`."""

    label: str = Field(min_length=1, max_length=255)
    when: Expression | None = None
    because: Text | None = None
    from_: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    now: bool = False


class Label(Part):
    """Ordered rules giving each row one word. `unknown` is the word where an unknown condition is met first.

    `order`: the words from first to last; `aside`: those of them that are no step ahead, and never the highest reached.
    """

    rules: tuple[Rule, ...] = Field(min_length=1)
    order: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    unknown: str | None = None
    stay_days: int = Field(default=0, ge=0, le=365)


class Cluster(Part):
    """Rows of a set that share values; a null value is in no cluster, one row makes none."""

    of: Name
    by: tuple[Expression, ...] = Field(min_length=1)


class Voice(Part):
    """Per account and across plays: at most so many outreaches in so many days.

    `label`: a label on account that says who has the word there. `words`: its words → purposes of plays that may still
    begin something new; a word that is not named holds nobody back; one without purposes takes back what is open, too.
    """

    most: int = Field(default=1, ge=1)
    in_days: int = Field(default=30, ge=1)
    label: Name | None = None
    words: dict[str, tuple[Name, ...]] = {}


class Capacity(Part):
    """Per owner and across plays. `lead_days`: how long before it is due a Task is created.

    Of a week's Tasks at most `research_per_owner_per_week` are research or internal ones, and `kept_for_urgent` are
    left to Tasks of priority High, so that what comes up tomorrow still finds room.
    """

    per_owner_per_week: int = Field(default=20, ge=1)
    research_per_owner_per_week: int = Field(default=8, ge=0)
    kept_for_urgent: int = Field(default=4, ge=0)
    lead_days: int = Field(default=14, ge=1, le=365)

    @field_validator("kept_for_urgent")
    @classmethod
    def _leaves_room(cls, kept: int, info: ValidationInfo) -> int:
        week = info.data.get("per_owner_per_week")
        if week is not None and kept >= week:
            raise ValueError(f"expected less than per_owner_per_week ({week}): nothing else would ever be made")
        return kept


class Withdraw(Part):
    """What becomes of open, untouched Tasks of ours whose facts no longer hold, or that nobody did in time.

    `tasks`: `delete` moves them to the recycle bin, `close` gives them `status`, a closed status of the org's own.
    `lapse_days`: how long after its day a Task that nobody touched is taken back.
    """

    tasks: Literal["delete", "close"] = "delete"
    status: str | None = None
    lapse_days: int = Field(default=30, ge=1, le=730)

    @model_validator(mode="after")
    def _named(self) -> Withdraw:
        if (self.tasks == "close") != (self.status is not None):
            raise ValueError('expected `status` with tasks = "close", and only there: a closed status of your org')
        if self.status is not None and self.status.casefold() == "completed":
            raise ValueError("expected another status than Completed: it would look as if somebody had been approached")
        return self


class Calendar(Part):
    """Whose working days count: an ISO country code (and subdivision) as the `holidays` package names it."""

    country: str = Field(default="NL", pattern="^[A-Z]{2}$")
    subdivision: str | None = None


class UserFields(Part):
    """Fields of User that say how a rep works; None: not looked at. Country: an ISO code or an English name.

    `hours_share`: percent of a full week. Away: whole days, both included; nothing is due on them.
    """

    language: str | None = "LanguageLocaleKey"
    locale: str | None = "LocaleSidKey"
    country: str | None = None
    hours_share: str | None = None
    away_from: str | None = None
    away_until: str | None = None


class Owners(Part):
    """Users by a field that survives a sandbox copy. Who cannot work passes to the manager, then to `fallback`."""

    by: Literal["Alias", "EmployeeNumber", "FederationIdentifier", "CommunityNickname"] = "Alias"
    fallback: str
    named: dict[Name, str] = {}
    user: UserFields = UserFields()


class Due(Part):
    """A Task's day: so many business days before or after a date of the outreach's leading row."""

    before: Expression | None = None
    after: Expression | None = None
    business_days: int = Field(default=0, ge=0, le=260)

    @model_validator(mode="after")
    def _one_of(self) -> Due:
        if (self.before is None) == (self.after is None):
            raise ValueError("expected either `before` or `after`")
        return self


FieldValues = dict[str, Scalar]
Channel = Literal["call", "email", "visit", "research", "internal"]


class TaskPart(Part):
    """The Task an outreach asks for. `channel` call, visit and email need the contact's `may_<channel>` = 'yes'.

    `account`: whose Task it is where the play's rows are a cluster's: a row picked there, such as `anchor`.
    """

    channel: Channel = "call"
    account: Path | None = None
    owner: Expression = "owner"
    subject: Words
    text: Words | None = None
    script: str | Lookup | None = None
    due: Due
    priority: str = "Normal"
    fields: FieldValues = {}


class MemberPart(Part):
    """The membership; `status` is a member status, created with the campaign."""

    status: str = "Planned"
    fields: FieldValues = {}


class Members(Part):
    """Whom a cluster's campaign is for: rows of the set it groups (`from`), each with its contact, and why."""

    from_: Name = Field(default="account", alias="from")
    where: Expression | None = None
    contact: Path
    because: Words | None = None


class CampaignPart(Part):
    """The campaign an outreach's contact becomes a member of. Play + `wave` is its key; `name` only renders it.

    `opted_out`: the member status for who may no longer be written to once communications has moved the campaign on.
    """

    channel: Channel = "email"
    wave: Expression
    name: Text
    members: Path | Members
    status: str = "Planned"
    type: str | None = None
    active: bool = True
    owner: Name | None = None
    lead_days: int = Field(default=45, ge=0, le=365)
    statuses: tuple[str, ...] = ("Planned", "Sent", "Responded")
    opted_out: str = "Opted Out"
    fields: FieldValues = {}
    member: MemberPart = MemberPart()


class Play(Part):
    """Whom to approach, when, through which channel, with which words.

    `waits`: for the account's turn (`[voice]`). False for what they asked for and what was agreed with them: it is made
    although the account heard from us lately, and counts as heard.
    """

    title: str = Field(min_length=1, max_length=120)
    asks: tuple[str, ...] = ()
    purpose: Name
    for_each: Name
    when: Expression
    rank: Expression
    key: tuple[Expression, ...] = Field(min_length=1)
    occasion: Expression
    priority: int = Field(ge=0, le=1000)
    cooldown_days: int = Field(default=90, ge=0, le=3650)
    waits: bool = True
    most: int | None = Field(default=None, ge=1)
    contact: str | None = None
    because: Words
    task: TaskPart | None = None
    campaign: CampaignPart | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Play:
        if self.task is None and self.campaign is None:
            raise ValueError("expected [task], [campaign] or both: a play must ask for something")
        return self


class Model(Part):
    """A stage model: its interface, the stage label's rules, and the purposes that serve each stage."""

    title: str
    language: str = "en"
    needs: dict[Name, ValueType] = {}
    parameters: dict[Name, Scalar | tuple[Scalar, ...] | Lookup] = {}
    labels: dict[Name, dict[Name, Label]]
    stages: dict[str, tuple[Name, ...]]


class Mapping(Part):
    """One business: which records play which role, and what is worked out from them.

    `roles`: role → its sources, in order. `scripts`: path below the mapping's folder → Jinja source.
    `outputs`: set → API name → expression over that set (`stage`, `stage.because`, `stage.since`, …) written back.
    """

    name: str
    roles: dict[Name, tuple[Source, ...]]
    parameters: dict[Name, Scalar | tuple[Scalar, ...] | Lookup] = {}
    columns: dict[Name, dict[Name, Expression]] = {}
    features: dict[Name, dict[Name, Feature]] = {}
    labels: dict[Name, dict[Name, Label]] = {}
    clusters: dict[Name, Cluster] = {}
    outputs: dict[Name, dict[str, Expression]] = {}
    voice: Voice = Voice()
    capacity: Capacity = Capacity()
    withdraw: Withdraw = Withdraw()
    calendar: Calendar = Calendar()
    owners: Owners
    locale: str = "en_GB"
    plays: dict[str, Play] = {}
    scripts: dict[str, str] = {}
    files: MappingABC[str, str] = Field(default={}, exclude=True)
