"""Leads, person accounts, several currencies and reps of three languages: nights of one small supplier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from domain_office import DAY, Office, elsewhere, open_office, ours
from shell import Shell

from sf_lifecycle.errors import ConfigError

CONTRACT = "Lifecycle_Provider_Contract__c"
NEXT = DAY + dt.timedelta(days=1)
# What the shipped mapping has no need of: a letter to Leads, and the consent by which they may have it.
LETTER = """
title         = "Leads: read this"
purpose       = "win"
for_each      = "account"
when          = "object = 'Lead'"
rank          = "potential"
key           = ["id"]
occasion      = "created_on"
priority      = 5
because       = "Asked to hear from us"
[campaign]
channel = "email"
wave    = "date_trunc('month', today())"
name    = "Letter {{ wave | month_year }}"
members = "mail_contact"
owner   = "communications"
"""
RULES = '[labels.contact.may_email]\nunknown = "no"\n'
RULE = RULES + '[[labels.contact.may_email.rules]]\nlabel = "yes"\nwhen = "consent = \'Given\' and not email_opt_out"\n'


@dataclass(frozen=True, kw_only=True)
class World:
    """The office after its first night, its parties by name, and that night's plan."""

    office: Office
    parties: dict[str, str]
    persons: dict[str, str]
    notes: tuple[str, ...]

    def calls(self, party: str) -> list[dict[str, Any]]:
        """Open Tasks at a party that are no research."""
        tasks = self.office.tasks(self.parties[party])
        return [each for each in tasks if not each["IsClosed"] and each["Lifecycle_Play__c"] != "research-providers"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    office = open_office(
        tmp_path_factory.mktemp("parties") / "folder", currencies={"EUR": "1", "PLN": "4.3"}, person_accounts=True
    )
    plays = ("first-inbound", "switch-window", "renewal", "research-providers", "letter")
    office.only(*plays)
    # With person accounts a Lead needs no company, so that who may read it is a permission like any other.
    office.org.org.people.grant_field("Lifecycle_Worker", "Lead.Company")
    mapping = office.folder / "mappings/telecom"
    (mapping / "plays/letter.toml").write_text(LETTER, encoding="utf-8")
    text = (mapping / "lifecycle.toml").read_text(encoding="utf-8")
    assert RULES in text
    (mapping / "lifecycle.toml").write_text(text.replace(RULES, RULE), encoding="utf-8")
    objects = (mapping / "objects.toml").read_text(encoding="utf-8")
    (mapping / "objects.toml").write_text(_with_persons(objects), encoding="utf-8")
    parties = _leads(office) | _firms(office)
    persons = _persons(office)
    office.org.org.people.set_user(office.reps["comms"], {"Country": "Atlantis"})
    report = office.night()
    found = World(office=office, parties=parties | persons, persons=persons, notes=report.plan.notes)
    yield found
    office.org.close()


def _with_persons(objects: str) -> str:
    """The shipped file as its own comment on person accounts says."""
    before, block = objects.split('# [[account]]\n# object = "Lead"\n')
    block, _, after = block.partition("\n\n")
    where = 'where  = "not converted"'
    at = before.index(where)
    before = before[:at] + 'where  = "not converted and name is not null"' + before[at + len(where) :]
    taken = "\n".join(line.removeprefix("# ") for line in block.splitlines())
    return f'{before}[[account]]\nobject = "Lead"\n{taken}\n\n{after}'


def _leads(office: Office) -> dict[str, str]:
    usual = {"LastName": "Vink", "Phone": "+31 20 555 02 02", "Lifecycle_Call_Consent__c": "Given"}
    usual |= {"OwnerId": office.reps["archer"], "Email": "vink@lead.example", "Country": "Netherlands"}
    asked = {"LeadSource": "Web"}
    leads = {
        "Lark": asked,
        "Later": asked,
        "Deal": asked,
        "Twin": asked,
        "Mute": asked | {"DoNotCall": True, "HasOptedOutOfEmail": True},
        "Reader": {},
    }
    ids = office.add("Lead", *({**usual, **more, "Company": name} for name, more in leads.items()))
    (solo,) = office.add("Lead", {**usual, **asked, "LastName": "Solo"})
    return dict(zip(leads, ids, strict=True)) | {"Solo": solo}


def _firms(office: Office) -> dict[str, str]:
    """A firm of each rep with a contract of ours that is due, and firms elsewhere whose amounts differ."""
    firms: dict[str, str] = {}
    for rep, name, code in (("visser", "Tulp", "EUR"), ("archer", "Rose", "PLN"), ("nowak", "Mak", "PLN")):
        firms |= office.firms(rep, name)
        office.sign(ours(firms[name], "2024-02-01", 36, CurrencyIsoCode=code, Lifecycle_Monthly_Value__c=1000))
    firms |= office.firms("archer", "Twin BV", AccountSource="Web")
    firms |= office.firms("archer", "Euros", "Zlotys", "Nothing")
    amounts = {"Euros": ("EUR", 300), "Zlotys": ("PLN", 1000), "Nothing": ("EUR", 9000)}
    ids = office.add(
        CONTRACT,
        *(
            elsewhere(firms[name], "2027-01-20", CurrencyIsoCode=code, Monthly_Value__c=amount)
            for name, (code, amount) in amounts.items()
        ),
    )
    with office.org.org.store.write() as con:  # a currency that was taken away altogether
        con.execute(f'UPDATE "{CONTRACT}" SET "CurrencyIsoCode" = ? WHERE "Id" = ?', ("XTS", ids[-1]))
    return firms


def _persons(office: Office) -> dict[str, str]:
    usual = {"OwnerId": office.reps["archer"], "BillingCountry": "Netherlands", "Phone": "+31 6 555 03 03"}
    usual |= {"Lifecycle_Legal_Form__c": "Sole trader"}
    persons = {"Bakker": {}, "Kramer": {"Lifecycle_Call_Consent__pc": "Given"}}
    ids = office.add("Account", *({**usual, **more, "LastName": name} for name, more in persons.items()))
    office.add(CONTRACT, *(elsewhere(id_, "2027-01-20") for id_ in ids))
    return dict(zip(persons, ids, strict=True))


def test_a_lead_with_consent_is_called_and_one_who_wants_no_call_is_not(world: World) -> None:
    (call,) = world.calls("Lark")
    assert (call["Lifecycle_Play__c"], call["WhoId"], call["WhatId"]) == ("first-inbound", world.parties["Lark"], None)
    assert call["Lifecycle_Basis__c"] == "Gave consent to calls"
    assert world.calls("Mute") == []


def test_a_lead_without_a_company_is_spoken_of_by_name(world: World) -> None:
    (call,) = world.calls("Solo")
    assert call["Subject"].startswith("Solo: came to us on 23 November 2026")


def test_a_lead_is_a_member_of_a_wave_as_a_lead(world: World) -> None:
    letters = [each for each in world.office.members() if each["Lifecycle_Play__c"] == "letter"]
    assert [(each["LeadId"], each["ContactId"]) for each in letters] == [(world.parties["Reader"], None)]


def test_a_sole_trader_is_protected_and_called_with_consent_as_a_person(world: World) -> None:
    assert world.calls("Bakker") == []
    sql = "SELECT Name, PersonContactId, Lifecycle_Not_Approached__c FROM Account WHERE IsPersonAccount = true"
    rows = {row["Name"]: row for row in world.office.rows(sql)}
    assert rows["Bakker"]["Lifecycle_Not_Approached__c"] == "Sole trader: a natural person, consent needed"
    (call,) = world.calls("Kramer")
    assert (call["WhoId"], call["WhatId"]) == (rows["Kramer"]["PersonContactId"], world.persons["Kramer"])
    assert call["Lifecycle_Basis__c"] == "Gave consent to calls"


def test_firms_rank_by_what_their_contracts_are_worth_in_the_corporate_currency(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(capsys, world.office.config)
    ranked = shell.wants(0, "list", "nightly", "switch-window", "--as-of", str(DAY), "--json").out
    assert ranked.index('"Euros"') < ranked.index('"Zlotys"') < ranked.index('"Nothing"')


def test_what_no_rate_is_known_for_is_counted_and_odd_users_are_told(world: World) -> None:
    (money,) = [note for note in world.notes if "no currency code" in note]
    assert money.endswith("no rate for: Lifecycle_Provider_Contract__c.Monthly_Value__c 1")
    (country,) = [note for note in world.notes if "Atlantis" in note]
    assert "working days are those of NL" in country


@pytest.mark.parametrize(
    ("name", "subject", "first", "amount"),
    [
        ("Tulp", "1 januari 2027", "Ons contract", "€ 1.000,00"),
        ("Rose", "1 January 2027", "Our", "€232.56"),
        ("Mak", "1 stycznia 2027", "Nasza umowa", "232,56 €"),
    ],
)
def test_every_rep_reads_their_own_language(world: World, name: str, subject: str, first: str, amount: str) -> None:
    (call,) = world.calls(name)
    said = call["Description"].replace("\xa0", " ")
    assert subject in call["Subject"]
    assert said.splitlines()[0].startswith(first)
    assert said.splitlines()[0] == call["Lifecycle_Reason__c"].replace("\xa0", " ")
    assert amount in said


def test_campaigns_are_named_in_the_mappings_language(world: World) -> None:
    names = {each["Campaign.Name"] for each in world.office.members() if each["Lifecycle_Play__c"] == "switch-window"}
    assert names == {"Switch window December 2026"}


def test_the_next_night_follows_leads_that_were_converted_and_tasks_that_were_handed_over(world: World) -> None:
    office, parties = world.office, world.parties
    (mine,) = world.calls("Tulp")
    office.update("Task", {"Id": mine["Id"], "OwnerId": office.reps["nowak"]})
    (lark,), (later,), (deal,) = (world.calls(name) for name in ("Lark", "Later", "Deal"))
    assert len(world.calls("Twin")) == len(world.calls("Twin BV")) == 1
    made = office.org.org.people.convert_lead(parties["Deal"])
    parties["Deal"] = made["account"] or ""
    office.org.org.people.convert_lead(parties["Twin"], account=parties["Twin BV"], opportunity=False)
    office.answer(later["Id"], "Later", DAY + dt.timedelta(days=60))
    for name in ("Lark", "Later"):
        made = office.org.org.people.convert_lead(parties[name], opportunity=False)
        assert made["account"]
        parties[name] = made["account"]
        office.update("Account", {"Id": made["account"], "Lifecycle_Legal_Form__c": "BV", "AccountSource": "Web"})
        office.update("Contact", {"Id": made["contact"], "Lifecycle_Call_Consent__c": "Given"})
    office.night(NEXT)
    (handed,) = world.calls("Tulp")
    assert (handed["Id"], handed["OwnerId"]) == (mine["Id"], office.reps["nowak"])
    assert "1 stycznia 2027" in handed["Subject"]
    (call,) = world.calls("Lark")
    assert (call["Id"], call["WhatId"]) == (lark["Id"], parties["Lark"])
    assert [each["Id"] for each in world.calls("Deal")] == [deal["Id"]]
    assert len(world.calls("Twin BV")) == 1
    assert world.calls("Later") == []
    sql = f"SELECT Lifecycle_Not_Approached__c FROM Account WHERE Id = '{parties['Later']}'"
    assert office.rows(sql)[0]["Lifecycle_Not_Approached__c"] == "Asked to be left alone until 22 January 2027"
    office.quiet(NEXT + dt.timedelta(days=1))


def test_an_amount_in_its_own_currency_is_not_shown_with_the_firms_code(world: World) -> None:
    objects = world.office.folder / "mappings/telecom/objects.toml"
    text = objects.read_text(encoding="utf-8")
    own = '{ field = "Lifecycle_Monthly_Value__c", currency = "own" }'
    objects.write_text(text.replace('"Lifecycle_Monthly_Value__c"', own), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"write money\(currency\)"):
        world.office.night()
    objects.write_text(text, encoding="utf-8")
