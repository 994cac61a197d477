"""Random small firms, as untidy as life, for the org on paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

DAY = dt.date(2026, 11, 23)  # a Monday, with Christmas within the sixty nights
Record = dict[str, Any]


class World(dict[str, list[Record]]):
    """Object → records. Shown whole once it is small."""

    def __repr__(self) -> str:
        counts = {name: len(rows) for name, rows in self.items()}
        return super().__repr__() if sum(counts.values()) <= 30 else f"a firm of {counts}"


ODD_NAMES = (
    "Bakker", "O'Neil & Zn.", '"De Post"', "=HYPERLINK(1)", "{{ 7*7 }}", "{% for %}", "Łódź 🚲", "a\nb", "@x", "100%",
    "x" * 255, "née; DROP TABLE", "-", "\u202eodd",
)  # fmt: skip
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
NAMES = st.one_of(st.sampled_from(ODD_NAMES), st.text(LETTERS, min_size=1, max_size=12)).map(
    lambda text: text.strip()[:255] or "x"
)
STRANGE_DAYS = (dt.date(1900, 1, 1), dt.date(4000, 12, 31), dt.date(2026, 12, 31), dt.date(2028, 2, 29), DAY)
NEAR = st.integers(-60, 150).map(lambda days: DAY + dt.timedelta(days=days))
FAR = st.integers(-1500, 1500).map(lambda days: DAY + dt.timedelta(days=days))
DAYS = st.one_of(NEAR, NEAR, FAR, st.sampled_from(STRANGE_DAYS), st.none())
PAST = st.integers(0, 1200).map(lambda days: DAY - dt.timedelta(days=days))
MOMENTS = PAST.map(lambda day: dt.datetime.combine(day, dt.time(9, 30)))
MONEY = st.one_of(st.none(), st.integers(0, 90000).map(lambda cents: Decimal(cents) / 100))
SCORES = st.one_of(st.none(), st.integers(0, 10))


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


@st.composite
def users(draw: st.DrawFn) -> list[Record]:
    """A service desk and a communications user who work, and reps of whom some left."""
    made = [_user(1, "sdesk"), _user(2, "comms")]
    for number in range(3, 3 + draw(st.integers(1, 4))):
        manager = draw(st.one_of(st.none(), st.integers(1, 6)))  # may be nobody, oneself, or in a ring
        kind = draw(st.sampled_from(("Standard", "Standard", "Standard", "CSNOnly")))
        made.append(_user(number, f"rep{number}", active=draw(st.booleans()), kind=kind, manager=manager))
    return made


def _user(
    number: int, alias: str, *, active: bool = True, kind: str = "Standard", manager: int | None = None
) -> Record:
    manager_id = user_id(manager) if manager else None
    who = {"Id": user_id(number), "Name": f"User {alias}", "Alias": alias, "IsActive": active}
    return who | {"UserType": kind, "ManagerId": manager_id}


def user_id(number: int) -> str:
    return f"005{number:015d}"


@st.composite
def _account(draw: st.DrawFn, owners: st.SearchStrategy[str]) -> Record:
    return {
        "Name": draw(NAMES),
        "OwnerId": draw(owners),
        "BillingCountry": draw(_maybe("NL", "Netherlands", "België", "PL", "Peru", "")),
        "NumberOfEmployees": draw(_maybe(0, 1, 80, 5000)),
        "AccountSource": draw(_maybe("Web", "Other", "Partner")),
        "Lifecycle_Business_Park__c": draw(_maybe("East", "east ", "Zuid")),
        "CreatedDate": draw(MOMENTS),
        "Lifecycle_Legal_Form__c": draw(_maybe("BV", "BV", "NV", "Sole trader", "Other")),
        "Lifecycle_Satisfaction__c": draw(SCORES),
    }


@st.composite
def _contract_elsewhere(draw: st.DrawFn) -> Record:
    return {
        "Provider__c": draw(_maybe("Belnet", "kabel nu", "Noordtel Zakelijk", "Vrij & Co")),
        "Product_Line__c": draw(_maybe("Mobile", "Fixed", "Internet")),
        "End_Date__c": draw(DAYS),
        "End_Date_Certainty__c": draw(_maybe("exact", "month", "quarter", "estimate")),
        "Notice_Days__c": draw(_maybe(0, 30, 90, 400)),
        "Monthly_Value__c": draw(MONEY),
        "Satisfaction__c": draw(SCORES),
        "Researched_On__c": draw(st.one_of(st.none(), PAST)),
    }


@st.composite
def _contract_with_us(draw: st.DrawFn) -> Record:
    return {
        "Status": draw(st.sampled_from(("Activated", "Expired", "Draft", "Cancelled", "In Approval Process"))),
        "StartDate": draw(st.one_of(st.none(), PAST, NEAR)),
        "EndDate": draw(DAYS),
        "Lifecycle_Product_Line__c": draw(_maybe("Mobile", "Fixed")),
        "Lifecycle_Notice_Days__c": draw(_maybe(0, 30, 90)),
        "Lifecycle_Monthly_Value__c": draw(MONEY),
    }


@st.composite
def _contact(draw: st.DrawFn) -> Record:
    return {
        "Name": draw(NAMES),
        "Title": draw(_maybe("Directeur", "IT manager", "Inkoop")),
        "Email": draw(_maybe("a@b.example", "c@d.example")),
        "Phone": draw(_maybe("+31 20 1", "+31 20 2")),
        "DoNotCall": draw(st.sampled_from((False, False, True))),
        "HasOptedOutOfEmail": draw(st.sampled_from((False, False, True))),
        "Lifecycle_Call_Consent__c": draw(_maybe("Given", "Refused")),
        "LastActivityDate": draw(st.one_of(st.none(), PAST)),
    }


@st.composite
def _closable(draw: st.DrawFn) -> Record:
    return {"IsClosed": draw(st.booleans()), "CreatedDate": draw(MOMENTS)}


@st.composite
def _rep_task(draw: st.DrawFn) -> Record:
    closed = draw(st.booleans())
    completed = draw(MOMENTS) if closed else None
    return {"IsClosed": closed, "ActivityDate": draw(DAYS), "CompletedDateTime": completed}


@st.composite
def _lead(draw: st.DrawFn, owners: st.SearchStrategy[str]) -> Record:
    return {
        "Company": draw(NAMES),
        "OwnerId": draw(owners),
        "Country": draw(_maybe("NL", "PL")),
        "NumberOfEmployees": draw(_maybe(5)),
        "LeadSource": draw(_maybe("Web")),
        "CreatedDate": draw(MOMENTS),
        "IsConverted": draw(st.booleans()),
    }


# Object → its reference to the account, the most of them under one, and what one is like.
BELOW: tuple[tuple[str, str, int, st.SearchStrategy[Record]], ...] = (
    ("Contact", "AccountId", 2, _contact()),
    ("Lifecycle_Provider_Contract__c", "Account__c", 3, _contract_elsewhere()),
    ("Contract", "AccountId", 2, _contract_with_us()),
    ("Opportunity", "AccountId", 1, _closable()),
    ("Case", "AccountId", 1, _closable()),
    ("Task", "AccountId", 1, _rep_task()),
)
PREFIX = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "Task": "00T", "Case": "500",
    "Contract": "800", "Lifecycle_Provider_Contract__c": "a00",
}  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, *, most: int, least: int = 1, below: tuple[str, ...] = (), leads: int = 3) -> World:
    """A firm of `least` to `most` accounts with what is below them (all kinds, or those named)."""
    world = World(User=draw(users()))
    owners = st.integers(1, len(world["User"]) + 1).map(user_id)  # the last one is a queue, or somebody unknown
    kinds = [kind for kind in BELOW if not below or kind[0] in below]
    for name in ("Account", *(kind[0] for kind in kinds)):
        world[name] = []
    for fields in draw(st.lists(_account(owners), min_size=least, max_size=most)):
        account = _add(world, "Account", fields)
        for name, reference, number, strategy in kinds:
            for values in draw(st.lists(strategy, max_size=number)):
                _add(world, name, {reference: account, **values})
    if leads:
        world["Lead"] = []
        for fields in draw(st.lists(_lead(owners), max_size=leads)):
            _add(world, "Lead", fields)
    return world


def _add(world: World, name: str, fields: Record) -> str:
    record_id = f"{PREFIX[name]}{len(world[name]) + 1:015d}"
    world[name].append({"Id": record_id, **fields})
    return record_id
