from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from salesforce_peer import DATA, DROP, EXPIRED, HURRIED, ORG_ID, TOKEN, Peer, Reply, peer, records

from sf_lifecycle.errors import ConfigError, LoginRefused, OrgError, OrgUnavailable
from sf_lifecycle.salesforce import Org, check_identity, connect

LIMITS = f"{DATA}limits"
QUERY = f"{DATA}query/"
GOOD = Reply(
    body={"DailyApiRequests": {"Max": 100, "Remaining": 90}}, headers={"Sforce-Limit-Info": "api-usage=10/100"}
)
EXPIRY = Reply(status=401, body=EXPIRED)


@pytest.fixture
def org_peer() -> Iterator[tuple[Org, Peer]]:
    with peer() as found:
        token = found.answers["POST", TOKEN][0]
        found.on("POST", TOKEN, token, Reply(body={"access_token": "t2"}))
        with connect(found.settings(), patience=HURRIED) as org:
            yield org, found


def test_calls_are_counted_and_the_orgs_own_count_is_read(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, GOOD)
    before = org.calls.spent
    assert org.limits() == {"DailyApiRequests": (100, 90)}
    assert org.calls.spent == before + 1
    assert (org.calls.used, org.calls.limit) == (10, 100)


def test_a_session_that_ended_is_renewed_once(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, EXPIRY, GOOD)
    org.limits()
    assert [seen.headers["authorization"] for seen in found.asked("GET", LIMITS)] == ["Bearer t1", "Bearer t2"]


def test_a_second_refusal_of_the_session_is_no_expiry(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, EXPIRY, GOOD, EXPIRY)
    org.limits()
    with pytest.raises(LoginRefused):
        org.limits()
    assert len(found.asked("POST", TOKEN)) == 2
    assert len(found.asked("GET", LIMITS)) == 3


def test_an_expired_access_token_is_told_as_such() -> None:
    with peer() as found:
        found.on("GET", "/services/oauth2/userinfo", EXPIRY)
        with pytest.raises(LoginRefused, match="access token"):
            connect(found.settings(login="access_token", access_token="old"), patience=HURRIED)


@pytest.mark.parametrize(
    "failure",
    [
        Reply(status=503, body=b"<html>down</html>"),
        Reply(status=500, body=[{"errorCode": "UNKNOWN_EXCEPTION", "message": "ErrorId 1"}]),
        Reply(status=403, body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests Limit"}]),
        Reply(body=b"<html>welcome</html>"),
        DROP,
    ],
)
def test_transient_failures_of_reads_are_tried_again(org_peer: tuple[Org, Peer], failure: Reply) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, failure, GOOD)
    assert org.limits()
    found.on("GET", LIMITS, failure)
    before = len(found.asked("GET", LIMITS))
    with pytest.raises(OrgUnavailable):
        org.limits()
    assert len(found.asked("GET", LIMITS)) == before + HURRIED.attempts


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Reply(status=403, body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}]), OrgUnavailable),
        (Reply(status=403, body=[{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}]), OrgError),
        (Reply(status=400, body=[{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}]), OrgError),
    ],
)
def test_other_failures_are_told_at_once(org_peer: tuple[Org, Peer], failure: Reply, kind: type[OrgError]) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, failure)
    with pytest.raises(OrgError) as caught:
        org.limits()
    assert type(caught.value) is kind
    assert caught.value.code == failure.body[0]["errorCode"]
    assert len(found.asked("GET", LIMITS)) == 1


def test_a_silent_org_runs_into_the_time_limit() -> None:
    def never(_: object) -> Reply:
        import time

        time.sleep(0.4)
        return GOOD

    with peer() as found, connect(found.settings(timeout_seconds=0.1), patience=HURRIED) as org:
        found.on("GET", LIMITS, never)
        with pytest.raises(OrgUnavailable, match="no answer in time"):
            org.limits()


def test_a_query_follows_its_pages_and_flattens_parents(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    more = f"{DATA}query/01g-2000"
    first = records({"Id": "1", "Owner": {"attributes": {"type": "User"}, "Name": "Jo"}, "Money__c": 0.1}).body
    found.on("GET", QUERY, Reply(body={**first, "totalSize": 2, "done": False, "nextRecordsUrl": more}))
    found.on("GET", more, records({"Id": "2", "Owner": None, "Money__c": 2}))
    assert org.query("SELECT Id FROM X") == [
        {"Id": "1", "Owner.Name": "Jo", "Money__c": Decimal("0.1")},
        {"Id": "2", "Owner": None, "Money__c": 2},
    ]


def test_a_forgotten_cursor_starts_the_query_over(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    more = f"{DATA}query/01g-2000"
    page = Reply(body={**records({"Id": "1"}).body, "done": False, "nextRecordsUrl": more})
    gone = Reply(status=400, body=[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
    found.on("GET", QUERY, page)
    found.on("GET", more, gone, records({"Id": "2"}))
    assert [row["Id"] for row in org.query("SELECT Id FROM X")] == ["1", "2"]
    found.on("GET", more, gone)
    with pytest.raises(OrgError, match="INVALID_QUERY_LOCATOR"):
        org.query("SELECT Id FROM X")


def test_deleted_and_archived_rows_have_their_own_path(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", f"{DATA}queryAll/", Reply(body={"totalSize": 7, "done": True, "records": []}))
    assert org.query("SELECT Id FROM X", all_rows=True) == []
    assert org.count("X", "Name = 'a'", all_rows=True) == 7
    assert found.seen[-1].query["q"] == "SELECT COUNT() FROM X WHERE Name = 'a'"


def test_descriptions_come_25_to_a_call_and_missing_objects_are_left_out(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    field = {"name": "OwnerId", "type": "reference", "referenceTo": ["Group", "User"], "relationshipName": "Owner"}
    active = {"name": "IsActive", "type": "boolean"}

    def answer(seen: object) -> Reply:
        urls = [request["url"] for request in found.seen[-1].json()["batchRequests"]]
        results = [
            {"statusCode": 404, "result": [{"errorCode": "NOT_FOUND", "message": "no"}]}
            if "/Gone/" in url
            else {"statusCode": 200, "result": {"name": url.split("/")[2], "fields": [field, active]}}
            for url in urls
        ]
        return Reply(body={"hasErrors": True, "results": results})

    found.on("POST", f"{DATA}composite/batch", answer)
    schema = org.describe(["Gone", "User", *(f"X{n}__c" for n in range(24))])
    assert len(found.asked("POST", f"{DATA}composite/batch")) == 2
    assert len(schema.objects) == 25
    assert "Gone" not in schema.objects
    owner = schema.resolve("X1__c", "Owner.IsActive")
    assert owner is not None
    assert owner.type == "boolean"


def test_a_description_that_fails_otherwise_is_an_error(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    refused = {"statusCode": 403, "result": [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}]}
    found.on("POST", f"{DATA}composite/batch", Reply(body={"results": [refused]}))
    with pytest.raises(OrgError, match="description of X failed: API_DISABLED"):
        org.describe(["X"])
    found.on("POST", f"{DATA}composite/batch", Reply(body={"results": []}))
    with pytest.raises(OrgError, match="holds 0 results"):
        org.describe(["X"])


def test_record_counts(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", f"{DATA}limits/recordCount", Reply(body={"sObjects": [{"name": "Account", "count": 3}]}))
    assert org.record_counts(["Contact", "Account"]) == {"Account": 3}
    assert found.seen[-1].query["sObjects"] == "Account,Contact"


OTHER = "00D000000000002AAA"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"kind": "local"}, []),
        ({"kind": "local", "org_id": ORG_ID}, []),
        ({"kind": "local", "org_id": OTHER}, ["salesforce.org_id"]),
        ({"kind": "production", "org_id": ORG_ID}, ["salesforce.kind"]),
        ({"kind": "sandbox", "org_id": OTHER}, ["salesforce.kind", "salesforce.org_id"]),
    ],
)
def test_only_the_org_that_is_named_is_the_right_one(
    org_peer: tuple[Org, Peer], changes: dict[str, str], places: list[str]
) -> None:
    org, found = org_peer
    settings = found.settings(**changes)
    if not places:
        check_identity(settings, org.identity)
        return
    with pytest.raises(ConfigError) as caught:
        check_identity(settings, org.identity)
    assert [problem.place for problem in caught.value.problems] == places


def test_a_real_org_must_be_named_by_its_id(org_peer: tuple[Org, Peer]) -> None:
    from dataclasses import replace

    org, found = org_peer
    real = replace(org.identity, kind="sandbox", is_sandbox=True)
    with pytest.raises(ConfigError, match=f'add org_id = "{ORG_ID}"'):
        check_identity(found.settings(kind="sandbox"), real)


def test_retries_are_logged_and_never_printed(
    org_peer: tuple[Org, Peer], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    org, found = org_peer
    found.on("GET", LIMITS, Reply(status=503, body=b"<html>down</html>"), GOOD)
    org.limits()
    assert capsys.readouterr().out == ""
    assert [record.message for record in caplog.records] == ["stamina.retry_scheduled"]
