"""Beside queries and collections: several requests as one, layouts, versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_peer import DATA, DROP, HURRIED, Peer, Reply, peer

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce import Org, connect
from sf_lifecycle.salesforce.composite import HALTED, Step
from sf_lifecycle.salesforce.versions import served_versions

COMPOSITE = f"{DATA}composite"
BATCH = f"{DATA}composite/batch"
VERSIONS = "/services/data"
STEPS = (
    Step(name="task", method="POST", path="sobjects/Task", body={"Subject": "x"}),
    Step(name="gone", method="DELETE", path="sobjects/Task/@{task.id}"),
)
STOPPED = [{"errorCode": HALTED, "message": "The transaction was rolled back …"}]
REFUSED = [{"errorCode": "INSUFFICIENT_ACCESS_OR_READONLY", "message": "no rights", "fields": []}]


@pytest.fixture
def org_peer() -> Iterator[tuple[Org, Peer]]:
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        yield org, found


def part(name: str, status: int, body: object) -> dict[str, object]:
    return {"referenceId": name, "httpStatusCode": status, "httpHeaders": {}, "body": body}


def test_steps_go_out_as_one_request_and_come_back_in_order(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on(
        "POST", COMPOSITE, Reply(body={"compositeResponse": [part("task", 400, STOPPED), part("gone", 403, REFUSED)]})
    )
    first, second = org.composite(STEPS, all_or_none=True)
    assert (first.ok, first.code) == (False, HALTED)
    assert (second.name, second.code, second.message) == ("gone", "INSUFFICIENT_ACCESS_OR_READONLY", "no rights")
    assert found.seen[-1].json() == {
        "allOrNone": True,
        "compositeRequest": [
            {
                "method": "POST",
                "url": f"{DATA}sobjects/Task",
                "referenceId": "task",
                "body": {"Subject": "x"},
            },
            {"method": "DELETE", "url": f"{DATA}sobjects/Task/@{{task.id}}", "referenceId": "gone"},
        ],
    }


def test_a_request_whose_answer_is_lost_is_not_sent_twice(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("POST", COMPOSITE, DROP)
    with pytest.raises(OrgUnavailable):
        org.composite(STEPS, all_or_none=True)
    assert len(found.asked("POST", COMPOSITE)) == 1


def test_an_answer_without_an_outcome_for_each_step_is_none(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("POST", COMPOSITE, Reply(body={"compositeResponse": [part("task", 201, {"id": "00T"})]}))
    with pytest.raises(OrgError, match="2 requests holds 1 results"):
        org.composite(STEPS, all_or_none=True)
    with pytest.raises(ValueError, match="26 steps"):
        org.composite(STEPS * 13, all_or_none=True)


def test_layouts_of_each_object_or_why_not(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    page = {"layouts": [{"detailLayoutSections": [{"layoutComponents": [{"type": "Field", "value": "Name"}]}]}]}
    results = [{"statusCode": 200, "result": page}, {"statusCode": 403, "result": REFUSED}]
    found.on("POST", BATCH, Reply(body={"hasErrors": True, "results": results}))
    pages = org.layouts({"Task", "Account"})
    assert pages["Account"] == {"Name"}
    refused = pages["Task"]
    assert isinstance(refused, OrgError)
    assert refused.code == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_versions_need_no_login(org_peer: tuple[Org, Peer]) -> None:
    _, found = org_peer
    listed = [{"version": "9.0", "label": "", "url": ""}, {"version": "66.0", "label": "", "url": ""}]
    found.on("GET", VERSIONS, Reply(body=listed))
    assert served_versions(found.settings()) == ("9.0", "66.0")
    assert "authorization" not in found.seen[-1].headers


@pytest.mark.parametrize("reply", [Reply(body=b"<html>down</html>", status=503), Reply(body=[]), DROP])
def test_an_answer_that_lists_no_versions(org_peer: tuple[Org, Peer], reply: Reply) -> None:
    _, found = org_peer
    found.on("GET", VERSIONS, reply)
    with pytest.raises(OrgError):
        served_versions(found.settings())


def test_a_page_of_json(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", f"{DATA}tabs", Reply(body=[1.5]))
    assert [str(each) for each in org.get("tabs", "Reading tabs")] == ["1.5"]
