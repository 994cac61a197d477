"""Bulk API 2.0 over real HTTP: with simple-salesforce, and what it does not use with plain requests."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding

from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread

METADATA = Path(__file__).parents[3] / "salesforce"


class _Plain(HTTPAdapter):
    """https in, http out: simple-salesforce knows nothing else."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@dataclass
class Bulk:
    """An org, a client of its administrator, and requests of its own."""

    server: LocalOrg
    token: str

    def __post_init__(self) -> None:
        session = requests.Session()
        session.mount("https://", _Plain())
        host = urlsplit(self.server.url).netloc
        self.session = session
        self.sf = Salesforce(session_id=self.token, instance=host, session=session, version="65.0")
        self.root = f"{self.server.url}/services/data/v65.0/jobs"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.root + path
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.session.request(method, url, headers=headers, timeout=30, **options)

    def wait(self, kind: str, job_id: str) -> dict[str, Any]:
        for _ in range(500):
            job: dict[str, Any] = self.call("GET", f"/{kind}/{job_id}").json()
            if job["state"] not in ("UploadComplete", "InProgress"):
                return job
            time.sleep(0.01)
        raise AssertionError(f"still {job['state']}")

    def ingest(self, data: str, **job: Any) -> dict[str, Any]:
        """A whole ingest job; its last state."""
        made = self.call("POST", "/ingest", json={"contentType": "CSV", **job}).json()
        assert made["state"] == "Open"
        url = f"{self.server.url}/{made['contentUrl']}"
        assert self.call("PUT", url, data=data.encode(), headers={"Content-Type": "text/csv"}).status_code == 201
        assert self.call("PATCH", f"/ingest/{made['id']}", json={"state": "UploadComplete"}).status_code == 200
        return self.wait("ingest", made["id"])

    def rows(self, job: dict[str, Any], kind: str) -> list[dict[str, str]]:
        text = self.call("GET", f"/ingest/{job['id']}/{kind}").text
        return list(csv.DictReader(io.StringIO(text)))

    def query(self, soql: str, operation: str = "query", **job: Any) -> dict[str, Any]:
        made = self.call("POST", "/query", json={"operation": operation, "query": soql, **job})
        assert made.status_code == 200, made.text
        return self.wait("query", made.json()["id"])

    def records(self, soql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sf.query_all(soql)["records"]
        return [{k: v for k, v in r.items() if k != "attributes"} for r in found]


@pytest.fixture
def bulk() -> Iterator[Bulk]:
    with serve_in_thread(metadata=METADATA, timezone="Europe/Riga") as server:
        made = Bulk(server=server, token=server.admin_token)
        yield made
        made.session.close()


# -- simple-salesforce -----------------------------------------------------------------------------


def test_simple_salesforce_inserts_updates_upserts_and_deletes(bulk: Bulk) -> None:
    records = [{"Name": f"Firm {i}", "BillingCity": 'Rīga, "old"\ntown', "AnnualRevenue": "15"} for i in range(450)]
    (done,) = bulk.sf.bulk2.Account.insert(records=records, wait=0.01)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (450, 0)
    good = list(csv.DictReader(io.StringIO(bulk.sf.bulk2.Account.get_successful_records(done["job_id"]))))
    assert {r["sf__Created"] for r in good} == {"true"}
    ids = {r["Name"]: r["sf__Id"] for r in good}
    assert bulk.records("SELECT COUNT(Id) n FROM Account WHERE BillingCity LIKE 'Rīga%' AND AnnualRevenue = 15") == [
        {"n": 450}
    ]

    (done,) = bulk.sf.bulk2.Account.update(records=[{"Id": ids["Firm 1"], "Phone": "+371"}], wait=0.01)
    assert done["numberRecordsFailed"] == 0
    (done,) = bulk.sf.bulk2.Account.upsert(
        records=[{"Id": ids["Firm 1"], "Name": "Renamed"}], external_id_field="Id", wait=0.01
    )
    assert done["numberRecordsFailed"] == 0
    (done,) = bulk.sf.bulk2.Account.delete(records=[{"Id": ids["Firm 2"]}], wait=0.01)
    assert done["numberRecordsFailed"] == 0
    assert bulk.records("SELECT Phone FROM Account WHERE Name = 'Renamed'") == [{"Phone": "+371"}]
    assert bulk.sf.query("SELECT COUNT() FROM Account")["totalSize"] == 449
    assert bulk.sf.query("SELECT COUNT() FROM Account", include_deleted=True)["totalSize"] == 450


def test_simple_salesforce_queries_page_by_page(bulk: Bulk) -> None:
    bulk.sf.bulk2.Account.insert(records=[{"Name": f"Firm {i:03}"} for i in range(250)], wait=0.01)
    pages = list(bulk.sf.bulk2.Account.query("SELECT Id, Name FROM Account ORDER BY Name", max_records=100, wait=0.01))
    rows = [list(csv.DictReader(io.StringIO(page))) for page in pages]
    assert [len(r) for r in rows] == [100, 100, 50]
    assert [r["Name"] for page in rows for r in page] == [f"Firm {i:03}" for i in range(250)]


def test_simple_salesforce_reads_failed_and_unprocessed_rows(bulk: Bulk) -> None:
    (done,) = bulk.sf.bulk2.Account.insert(records=[{"Name": ""}, {"Name": "ok"}], wait=0.01)
    assert done["numberRecordsFailed"] == 1
    failed = bulk.sf.bulk2.Account.get_failed_records(done["job_id"])
    assert failed == (
        '"sf__Id","sf__Error","Name"\n"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",""\n'
    )
    assert bulk.sf.bulk2.Account.get_unprocessed_records(done["job_id"]) == '"Name"\n'


@pytest.mark.parametrize("delimiter", list(ColumnDelimiter))
@pytest.mark.parametrize("ending", list(LineEnding))
def test_every_delimiter_and_line_ending(bulk: Bulk, delimiter: ColumnDelimiter, ending: LineEnding) -> None:
    records = [{"Name": "a,b;c|d^e`f\tg", "Phone": "1"}]
    (done,) = bulk.sf.bulk2.Account.insert(records=records, column_delimiter=delimiter, line_ending=ending, wait=0.01)
    assert done["numberRecordsFailed"] == 0
    assert bulk.records("SELECT Name, Phone FROM Account") == records
    soql = "SELECT Name, Phone FROM Account"
    (page,) = bulk.sf.bulk2.Account.query(soql, column_delimiter=delimiter, line_ending=ending, wait=0.01)
    separator = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}[delimiter]
    newline = {"LF": "\n", "CRLF": "\r\n"}[ending]
    assert page == f'"Name"{separator}"Phone"{newline}"{records[0]["Name"]}"{separator}"1"{newline}'


# -- ingest ----------------------------------------------------------------------------------------


def test_an_empty_cell_leaves_alone_and_a_marked_one_clears(bulk: Bulk) -> None:
    account = bulk.sf.Account.create({"Name": "A", "Phone": "1", "Fax": "2"})["id"]
    job = bulk.ingest(f"Id,Phone,Fax\n{account},,#N/A\n", object="Account", operation="update")
    assert job["numberRecordsFailed"] == 0
    assert bulk.records("SELECT Phone, Fax FROM Account") == [{"Phone": "1", "Fax": None}]


def test_parents_by_external_id(bulk: Bulk) -> None:
    boss = bulk.sf.Contact.create({"LastName": "Boss", "Email": "boss@example.com"})["id"]
    job = bulk.ingest(
        "LastName,ReportsTo.Email\nA,boss@example.com\nB,nobody@example.com\n", object="Contact", operation="insert"
    )
    assert job["numberRecordsFailed"] == 1
    assert bulk.rows(job, "failedResults")[0]["sf__Error"] == (
        "INVALID_FIELD:Foreign key external ID: nobody@example.com not found for field Email in entity Contact:--"
    )
    assert bulk.records("SELECT ReportsToId FROM Contact WHERE LastName = 'A'") == [{"ReportsToId": boss}]

    cleared = bulk.ingest(
        f"Id,ReportsTo.Email\n{bulk.rows(job, 'successfulResults')[0]['sf__Id']},#N/A\n",
        object="Contact",
        operation="update",
    )
    assert cleared["numberRecordsFailed"] == 0
    assert bulk.records("SELECT ReportsToId FROM Contact WHERE LastName = 'A'") == [{"ReportsToId": None}]


def test_polymorphic_parents_name_their_object(bulk: Bulk) -> None:
    boss = bulk.sf.Contact.create({"LastName": "Boss", "Email": "boss@example.com"})["id"]
    job = bulk.ingest("Subject,Contact:Who.Email\ncall,boss@example.com\n", object="Task", operation="insert")
    assert job["numberRecordsFailed"] == 0
    assert bulk.records("SELECT WhoId FROM Task") == [{"WhoId": boss}]


def test_upsert_by_external_id(bulk: Bulk) -> None:
    one = {"object": "Task", "operation": "upsert", "externalIdFieldName": "Lifecycle_Key__c"}
    first = bulk.ingest("Lifecycle_Key__c,Subject\nk1,a\nk2,b\nk3,x\nK3,y\n", **one)
    assert [r["sf__Created"] for r in bulk.rows(first, "successfulResults")] == ["true", "true"]
    assert [r["sf__Error"] for r in bulk.rows(first, "failedResults")] == [
        "DUPLICATE_VALUE:Duplicate external id specified: k3:Lifecycle_Key__c --",
        "DUPLICATE_VALUE:Duplicate external id specified: K3:Lifecycle_Key__c --",
    ]
    second = bulk.ingest("Lifecycle_Key__c,Subject\nk1,c\nk4,d\n", **one)
    assert sorted(r["sf__Created"] for r in bulk.rows(second, "successfulResults")) == ["false", "true"]
    found = bulk.records("SELECT Lifecycle_Key__c k, COUNT(Id) n, MAX(Subject) s FROM Task GROUP BY Lifecycle_Key__c")
    assert sorted((r["k"], r["n"], r["s"]) for r in found) == [("k1", 1, "c"), ("k2", 1, "b"), ("k4", 1, "d")]


def test_hard_delete_leaves_nothing(bulk: Bulk) -> None:
    account = bulk.sf.Account.create({"Name": "A"})["id"]
    assert bulk.ingest(f"Id\n{account}\n", object="Account", operation="hardDelete")["numberRecordsFailed"] == 0
    assert bulk.sf.query("SELECT COUNT() FROM Account", include_deleted=True)["totalSize"] == 0


@pytest.mark.parametrize(
    ("data", "job", "message"),
    [
        ("Name,Bad__c\nx,y\n", {}, "InvalidBatch : Field name not found : Bad__c"),
        ("\ufeffName\nx\n", {}, "InvalidBatch : Field name not found : \ufeffName"),
        ("Name,Foo.Bar\nx,y\n", {}, "InvalidBatch : Field name not found : Foo.Bar"),
        (
            "Name,User:Owner.Username\nx,y\n",
            {},
            "InvalidBatch : type is not needed for non polymorphic foreign key reference: User:Owner.Username",
        ),
        (
            "Name\r\nx\r\n",
            {},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        ("Name\nx\n", {"operation": "update"}, "InvalidBatch : Field name not found : Id"),
        ("Id,Name\nx,y\n", {"operation": "delete"}, "InvalidBatch : The 'delete' batch must contain only ids"),
        ("Name,Phone\nx\n", {}, "InvalidBatch : Failed to parse CSV: 2 columns expected, 1 found"),
    ],
)
def test_an_upload_that_is_no_good_fails_the_job(bulk: Bulk, data: str, job: dict[str, str], message: str) -> None:
    found = bulk.ingest(data, **{"object": "Account", "operation": "insert", **job})
    assert (found["state"], found["errorMessage"], found["numberRecordsProcessed"]) == ("Failed", message, 0)
    assert len(bulk.rows(found, "unprocessedrecords")) == 1
    assert bulk.rows(found, "successfulResults") == []


def test_rows_of_one_chunk_fail_together_when_automation_gives_up(bulk: Bulk) -> None:
    bulk.server.org.faults.add(Fault(kind="chunk_limit", object="Account", rows=100))
    data = "Name\n" + "".join(f"n{i}\n" for i in range(250))
    job = bulk.ingest(data, object="Account", operation="insert")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 250, 200)
    assert "LimitException" in bulk.rows(job, "failedResults")[0]["sf__Error"]


def test_the_life_of_an_ingest_job(bulk: Bulk) -> None:
    made = bulk.call("POST", "/ingest", json={"object": "Account", "operation": "insert"}).json()
    assert made["id"].startswith("750")
    assert made["contentUrl"] == f"services/data/v65.0/jobs/ingest/{made['id']}/batches"
    assert (made["apiVersion"], made["jobType"], made["concurrencyMode"]) == (65.0, "V2Ingest", "Parallel")
    path = f"/ingest/{made['id']}"
    early = bulk.call("PATCH", path, json={"state": "UploadComplete"})
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert bulk.call("PUT", path + "/batches", data=b"Name\nx\n").status_code == 201
    assert bulk.call("PUT", path + "/batches", data=b"Name\nx\n").status_code == 400
    assert bulk.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert bulk.call("GET", path + "/unprocessedRecords/").text == "Name\nx\n"
    assert [j["id"] for j in bulk.call("GET", "/ingest").json()["records"]] == [made["id"]]
    gone = bulk.call("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert bulk.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Account", "operation": "explode"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "columnDelimiter": "DOT"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_jobs_that_cannot_be_made(bulk: Bulk, body: Any, code: str) -> None:
    refused = bulk.call("POST", "/ingest", json=body)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


# -- query -----------------------------------------------------------------------------------------


def test_values_are_written_as_in_csv(bulk: Bulk) -> None:
    bulk.sf.Contact.create({"LastName": "L", "Birthdate": "1990-01-31", "DoNotCall": True})
    soql = "SELECT LastName, Birthdate, DoNotCall, IsDeleted, Email, ReportsTo.DoNotCall, CreatedDate FROM Contact"
    text = bulk.call("GET", f"/query/{bulk.query(soql)['id']}/results").text
    header, row = text.splitlines()
    assert header == '"LastName","Birthdate","DoNotCall","IsDeleted","Email","ReportsTo.DoNotCall","CreatedDate"'
    assert row.startswith('"L","1990-01-31","true","false","","","2')
    assert row.endswith('.000Z"')


def test_pages_have_a_header_and_say_what_comes_next(bulk: Bulk) -> None:
    bulk.ingest("Name\n" + "".join(f"n{i}\n" for i in range(5)), object="Account", operation="insert")
    job = bulk.query("SELECT Name FROM Account ORDER BY Name")
    assert (job["state"], job["numberRecordsProcessed"], job["jobType"]) == ("JobComplete", 5, "V2Query")
    path = f"/query/{job['id']}/results"
    locator, seen = "", []
    for _ in range(3):
        page = bulk.call("GET", path, params={"maxRecords": 2, **({"locator": locator} if locator else {})})
        assert page.text.startswith('"Name"\n')
        seen.append(page.headers["Sforce-NumberOfRecords"])
        locator = page.headers["Sforce-Locator"]
    assert (seen, locator) == (["2", "2", "1"], "null")
    other = f"{bulk.server.url}/services/data/v64.0/jobs{path}"
    assert bulk.call("GET", other).status_code == 409
    wrong = bulk.call("GET", path, params={"locator": "xyz"})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_an_empty_result_is_a_header(bulk: Bulk) -> None:
    job = bulk.query("SELECT Id FROM Account")
    page = bulk.call("GET", f"/query/{job['id']}/results")
    assert (page.text, page.headers["Sforce-NumberOfRecords"], page.headers["Sforce-Locator"]) == (
        '"Id"\n',
        "0",
        "null",
    )
    pages = bulk.call("GET", f"/query/{job['id']}/resultPages").json()
    assert (len(pages["resultPages"]), pages["done"]) == (1, True)


def test_results_are_compressed_for_who_wants_it(bulk: Bulk) -> None:
    path = f"/query/{bulk.query('SELECT Id FROM User')['id']}/results"
    packed = bulk.call("GET", path, headers={"Accept-Encoding": "gzip"})
    plain = bulk.call("GET", path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text


def test_query_all_has_deleted_rows_too(bulk: Bulk) -> None:
    account = bulk.sf.Account.create({"Name": "A"})["id"]
    bulk.sf.Account.delete(account)
    assert bulk.query("SELECT Id FROM Account")["numberRecordsProcessed"] == 0
    assert bulk.query("SELECT Id FROM Account", "queryAll")["numberRecordsProcessed"] == 1


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT COUNT() FROM Account", "API_ERROR"),
        ("SELECT COUNT(Id) FROM Account", "API_ERROR"),
        ("SELECT Type FROM Account GROUP BY Type", "API_ERROR"),
        ("SELECT Id FROM Account OFFSET 5", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT BillingAddress FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Bad FROM Account", "INVALID_FIELD"),
        ("SELECT Id FRM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Bad", "INVALID_TYPE"),
        (None, "INVALIDJOB"),
    ],
)
def test_queries_that_are_refused(bulk: Bulk, soql: str | None, code: str) -> None:
    refused = bulk.call("POST", "/query", json={"operation": "query", "query": soql})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_the_life_of_a_query_job(bulk: Bulk) -> None:
    job = bulk.query("SELECT Id FROM Account")
    path = f"/query/{job['id']}"
    assert [j["id"] for j in bulk.call("GET", "/query").json()["records"]] == [job["id"]]
    assert bulk.call("PATCH", path, json={"state": "Aborted"}).status_code == 400
    assert bulk.call("DELETE", path).status_code == 204
    assert bulk.call("GET", path).status_code == 404
    assert bulk.call("GET", f"/ingest/{job['id']}").status_code == 404


# -- the worker ------------------------------------------------------------------------------------


def test_the_worker_is_bound_by_its_permissions(bulk: Bulk) -> None:
    bulk.sf.Account.create({"Name": "A"})
    worker = Bulk(server=bulk.server, token=bulk.server.token)
    refused = worker.call("POST", "/query", json={"operation": "query", "query": "SELECT TickerSymbol FROM Account"})
    assert "No such column 'TickerSymbol'" in refused.json()[0]["message"]
    assert worker.query("SELECT Id, Name FROM Account")["numberRecordsProcessed"] == 1
    hard = worker.call("POST", "/ingest", json={"object": "Task", "operation": "hardDelete"})
    assert hard.json()[0]["errorCode"] == "FEATURENOTENABLED"
    failed = worker.ingest("Name,TickerSymbol\nx,y\n", object="Account", operation="insert")
    assert failed["errorMessage"] == "InvalidBatch : Field name not found : TickerSymbol"
    worker.session.close()


def test_every_request_is_a_call(bulk: Bulk) -> None:
    before = bulk.server.org.meter.used
    reply = bulk.call("GET", "/query")
    assert bulk.server.org.meter.used == before + 1
    assert reply.headers["Sforce-Limit-Info"].startswith("api-usage=")
    assert requests.get(bulk.root + "/query", timeout=10).status_code == 401
