"""The worker's user: whose it is, what licence and rights it has."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from doctor_facts import TODAY, facts, me, only, person, run, setup

from sf_lifecycle.doctor.checks import login, user
from sf_lifecycle.doctor.facts import Untold
from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable

HEALTHY = facts()
ADMIN = me(profile="System Administrator")


def test_an_administrator_is_refused_in_production_and_a_warning_elsewhere() -> None:
    found = only(user.administrator, facts(me=ADMIN))
    assert (found.level, found.fix.startswith("run as one dedicated user")) == ("error", True)
    local = replace(HEALTHY.identity, kind="local")
    assert only(user.administrator, facts(me=ADMIN, identity=local)).level == "warning"


def test_an_administrator_is_known_by_rights_whatever_the_profile_is_called() -> None:
    who = me(profile="Systemadministrator")
    rights = frozenset({"ApiEnabled", "ModifyAllData", "CustomizeApplication"})
    assert only(user.administrator, facts(me=who, rights=rights)).level == "error"
    assert only(user.administrator, facts(me=who, rights=frozenset({"ApiEnabled", "ModifyAllData"}))).level == "ok"


def test_an_integration_licence_needs_its_permission_set_licence() -> None:
    assert only(user.licence, facts()).level == "ok"
    found = only(user.licence, facts(licence_sets=frozenset({"SalesCloudPsl"})))
    assert found.level == "error"
    assert "Permission Set License Assignments" in found.fix
    assert only(user.licence, facts(licence="Salesforce", licence_sets=frozenset())).level == "ok"
    assert only(user.licence, facts(licence="Salesforce Platform")).level == "warning"


def test_the_permission_set_is_asked_for_by_name() -> None:
    found = only(user.permission_set, facts(permission_sets=frozenset({"Other"})))
    assert (found.level, "assigned: Other" in found.fix) == ("warning", True)


def test_marketing_user_matters_where_plays_make_campaigns() -> None:
    me = replace(ADMIN, marketing=False)
    assert only(user.marketing, facts(me=me)).level == "error"
    without = setup(job={"plays": ("research-dates",)})
    assert run(user.marketing, facts(me=me), without) == []


def test_view_all_users_is_needed_where_users_are_private() -> None:
    none = frozenset({"ApiEnabled"})
    assert only(user.sees_users, facts(rights=none, sharing={"User": "Private"})).level == "error"
    assert only(user.sees_users, facts(rights=none, sharing={"User": "Read"})).level == "warning"


def test_seeing_as_many_users_as_there_are_is_as_good_as_the_right() -> None:
    untold = Untold(why="no list")
    assert only(user.sees_users, facts(rights=untold, counted={"User": 4})).level == "ok"
    assert only(user.sees_users, facts(rights=untold, counted={"User": 5})).what.startswith("could not be told")


def test_a_portal_user_is_none() -> None:
    assert only(user.full_user, facts(me=replace(ADMIN, user_type="CspLitePortal"))).level == "error"
    assert run(user.full_user, facts()) == []


@pytest.mark.parametrize(
    ("zone", "same"),
    [
        ("Europe/Amsterdam", True),
        ("Europe/Paris", True),
        ("Europe/London", False),
        ("Africa/Lagos", False),  # the same in winter only
        ("GMT", False),
        ("Nowhere/Land", False),
    ],
)
def test_zones_are_compared_by_their_clocks(zone: str, same: bool) -> None:
    assert user.same_clock(zone, "Europe/Amsterdam", TODAY) is same
    assert only(user.time_zone, facts(me=replace(ADMIN, timezone=zone))).level == ("ok" if same else "warning")


def test_december_is_followed_by_a_new_year() -> None:
    assert user.same_clock("Europe/Amsterdam", "Europe/Berlin", dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("invalid_grant: no client credentials user enabled", "Run As"),
        ("invalid_grant: request not supported on this domain", "My Domain"),
        ("invalid_grant: user hasn't approved this consumer", "pre-authorized"),
        ("invalid_grant: audience validation failed", "salesforce.kind"),
        ("inactive_user: user is inactive", "activate"),
        ("invalid_client_id: client identifier invalid", "consumer key"),
        ("invalid_client: invalid client credentials", "secret"),
        ("unsupported_grant_type: grant type not supported", "switch on the flow"),
        ("invalid_grant: authentication failure", "Run As"),
        ("Salesforce no longer accepts the access token", "fresh salesforce.access_token"),
    ],
)
def test_every_refused_login_says_how_to_repair_it(text: str, fix: str) -> None:
    found = login.refusal(LoginRefused(text, code=text.partition(":")[0]), setup().settings.salesforce)
    assert (found.level, found.refused) == ("error", True)
    assert fix in found.fix


def test_an_org_that_cannot_be_reached_names_the_address() -> None:
    found = login.refusal(OrgUnavailable("no connection"), setup().settings.salesforce)
    assert "instance_url (http://127.0.0.1:8890)" in found.fix
    assert "API add-on" in login.refusal(OrgError("x", code="API_DISABLED_FOR_ORG"), setup().settings.salesforce).fix


def test_an_access_token_does_not_last() -> None:
    salesforce = setup().settings.salesforce.model_copy(update={"login": "access_token"})
    settings = setup().settings.model_copy(update={"salesforce": salesforce})
    assert [each.level for each in run(login.login_kind, facts(), setup(settings=settings))] == ["ok", "warning"]
    local = facts(identity=replace(HEALTHY.identity, kind="local"))
    assert [each.level for each in run(login.login_kind, local, setup(settings=settings))] == ["ok"]


def test_a_person_who_can_work_is_active_and_a_full_user() -> None:
    assert person("1", "a").can_work
    assert not person("1", "a", active=False).can_work
    assert not person("1", "a", user_type="CsnOnly").can_work
