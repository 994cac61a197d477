"""Several requests in one call, carried out in order; with `all_or_none` one that fails takes back all the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.errors import fault_of_answer
from sf_lifecycle.salesforce.retry import CallFailed
from sf_lifecycle.salesforce.transport import Transport, as_json

MOST_REQUESTS = 25
HALTED = "PROCESSING_HALTED"
_WHAT = "A composite request"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request of several. `path` is below `/services/data/vNN.0/`; it and `body` may hold `@{name.field}`, a value
    of the answer to an earlier step.
    """

    name: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """What became of one step. `code` PROCESSING_HALTED: not done, or taken back, because of another one."""

    name: str
    ok: bool
    body: Any = None
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()


def run_steps(transport: Transport, steps: Sequence[Step], *, all_or_none: bool) -> list[StepOutcome]:
    """Sends at most 25 steps as one call, never twice where it may have been done; outcomes in the steps' order.

    OrgError where the call itself was refused; OrgUnavailable where its answer is lost, and nobody knows.
    """
    if len(steps) > MOST_REQUESTS:
        raise ValueError(f"{len(steps)} steps in one call; Salesforce takes {MOST_REQUESTS}")
    requests = [_request(transport, step) for step in steps]
    body = {"allOrNone": all_or_none, "compositeRequest": requests}
    try:
        answer = transport.attempt("POST", "composite", what=_WHAT, read=as_json, repeatable=False, body=body)
    except CallFailed as failure:
        raise failure.as_org_error() from failure
    parts = answer.get("compositeResponse") if isinstance(answer, dict) else None
    if not isinstance(parts, list) or len(parts) != len(steps):
        raise OrgError(f"{_WHAT} failed: the answer to {len(steps)} requests holds {len(parts or ())} results")
    return [_outcome(step, part) for step, part in zip(steps, parts, strict=True)]


def _request(transport: Transport, step: Step) -> dict[str, Any]:
    url = f"/services/data/v{transport.version}/{step.path}"
    request: dict[str, Any] = {"method": step.method, "url": url, "referenceId": step.name}
    return request | ({"body": dict(step.body)} if step.body is not None else {})


def _outcome(step: Step, part: Mapping[str, Any]) -> StepOutcome:
    status = int(part["httpStatusCode"])
    if status < 400:
        return StepOutcome(name=step.name, ok=True, body=part.get("body"))
    fault = fault_of_answer(status, part.get("body"))
    code = fault.code or f"HTTP_{status}"
    return StepOutcome(name=step.name, ok=False, code=code, message=fault.message, fields=fault.fields)
