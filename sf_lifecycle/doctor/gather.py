"""The facts, read from an org with few calls. What it will not tell is kept as that, and never ends the examination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sf_lifecycle.brakes import SETTING
from sf_lifecycle.config.mapping import Mapping as MappingConfig
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.doctor import asking
from sf_lifecycle.doctor.asking import Row
from sf_lifecycle.doctor.checks.people import CAPTURE
from sf_lifecycle.doctor.facts import Facts, Told, Untold
from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable
from sf_lifecycle.heartbeat import OBJECT
from sf_lifecycle.mirror import schema_for
from sf_lifecycle.salesforce import Answer, Asked, Org
from sf_lifecycle.salesforce.versions import served_versions

T = TypeVar("T")

# What Salesforce answers, in words; else its own first line.
_WHY = {
    "INVALID_TYPE": "the org does not show the object",
    "INVALID_FIELD": "the org does not show one of the fields",
    "NOT_FOUND": "the org does not show it",
    "INSUFFICIENT_ACCESS": "the user has no right to read it",
    "INSUFFICIENT_ACCESS_OR_READONLY": "the user has no right to read it",
    "FUNCTIONALITY_NOT_ENABLED": "it is not switched on in the org",
    "QUERY_TIMEOUT": "the org took too long to answer",
}


def read_schema(org: Org, mapping: MappingConfig) -> OrgSchema:
    """Descriptions of all that a run reads and writes, and of what people steer it by."""
    schema = schema_for(org, mapping)
    further = org.describe({SETTING, OBJECT, CAPTURE} - set(schema.objects))
    return OrgSchema(objects={**further.objects, **schema.objects}, source=schema.source)


def gather(
    org: Org,
    mapping: MappingConfig,
    schema: OrgSchema,
    *,
    settings: SalesforceSettings,
    today: dt.date,
    pages: set[str],
) -> Facts:
    """Everything the checks look at. `pages`: objects whose layouts are asked for.

    Raises OrgUnavailable or LoginRefused only: the org as a whole is gone.
    """
    found = _ask(org, asking.questions(org.identity.user_id, mapping, schema))
    layouts = _layouts(org, pages & set(schema.objects))
    return Facts(
        today=today,
        identity=org.identity,
        schema=schema,
        versions=_told(lambda: served_versions(settings)),
        edition=found.read("edition", lambda rows: asking.one_word(rows, "OrganizationType")),
        me=found.read("me", asking.read_me),
        licence=found.read("licence", lambda rows: asking.one_word(rows, "Profile.UserLicense.Name")),
        licence_sets=found.words("licence_sets", "PermissionSetLicense.DeveloperName"),
        permission_sets=found.words("permission_sets", "PermissionSet.Name", unless="PermissionSet.IsOwnedByProfile"),
        rights=_rights(found),
        modify_all=found.words("modify_all", "SobjectType"),
        sharing=found.read(
            "sharing", lambda rows: {str(row["QualifiedApiName"]): str(row["InternalSharingModel"]) for row in rows}
        ),
        roles=found.read("roles", lambda rows: {str(row["Id"]): row.get("ParentRoleId") for row in rows}),
        people=found.read("people", lambda rows: asking.read_people(rows, mapping.owners.by)),
        frozen=found.words("frozen", "UserId"),
        task_statuses=found.read("task_statuses", asking.read_statuses),
        contract_statuses=found.read("contract_statuses", asking.read_statuses),
        limits=_told(org.limits),
        counted=_told(lambda: org.record_counts(["User", *asking.counted_objects(mapping, schema)])),
        paused=found.read("paused", lambda rows: tuple(str(row["Name"]) for row in rows)),
        owned={name: found.read(f"owned.{name}", asking.per_owner) for name in found.named("owned.")},
        seen={name: found.total(f"seen.{name}") for name in found.named("seen.")},
        layouts=layouts,
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The answers, by the questions' names, all pages in."""

    answers: Mapping[str, Answer]

    def named(self, prefix: str) -> list[str]:
        """What follows the prefix in the names of questions."""
        return [name.removeprefix(prefix) for name in self.answers if name.startswith(prefix)]

    def read(self, name: str, read: Callable[[list[Row]], Told[T]]) -> Told[T]:
        """The rows, read; or why there are none."""
        answer = self.answers.get(name)
        if answer is None:
            return Untold(why="the org does not show the object")
        return why_not(answer.error) if answer.error else read(list(answer.rows))

    def total(self, name: str) -> Told[int]:
        """How many rows there are."""
        answer = self.answers[name]
        return why_not(answer.error) if answer.error else answer.total

    def words(self, name: str, column: str, *, unless: str = "") -> Told[frozenset[str]]:
        """The values of a column, of rows whose `unless` is not true."""
        return self.read(
            name, lambda rows: frozenset(str(r[column]) for r in rows if r.get(column) and not r.get(unless))
        )


def _ask(org: Org, questions: Mapping[str, str]) -> _Found:
    answers = org.query_many([Asked(soql=text) for text in questions.values()])
    found = {}
    for name, answer in zip(questions, answers, strict=True):
        found[name] = _whole(org, answer)
    return _Found(answers=found)


def _whole(org: Org, answer: Answer) -> Answer:
    """With all its pages; half an answer is none."""
    if not answer.next:
        return answer
    try:
        return Answer(rows=[*answer.rows, *org.query_rest(answer.next)], total=answer.total)
    except (OrgUnavailable, LoginRefused):
        raise
    except OrgError as error:
        return Answer(rows=[], total=answer.total, error=error)


def _rights(found: _Found) -> Told[frozenset[str]]:
    """The profile's flags stand on the profile and, in a real org, on a permission set of its own too."""
    parts = [found.answers[name] for name in ("profile", "rights", "administrator")]
    if parts[1].error and parts[0].error:
        return why_not(parts[1].error)
    return asking.read_rights(row for part in parts for row in part.rows)


def _layouts(org: Org, names: set[str]) -> dict[str, Told[frozenset[str]]]:
    if not names:
        return {}
    answer = _told(lambda: org.layouts(names))
    if isinstance(answer, Untold):
        return dict.fromkeys(names, answer)
    return {name: why_not(page) if isinstance(page, OrgError) else page for name, page in answer.items()}


def _told(ask: Callable[[], T]) -> Told[T]:
    """An answer, or why there is none. Where the org as a whole is gone, there is nothing more to ask."""
    try:
        return ask()
    except (OrgUnavailable, LoginRefused):
        raise
    except OrgError as error:
        return why_not(error)


def why_not(error: OrgError) -> Untold:
    """A refusal in a few words."""
    return Untold(why=_WHY.get(error.code) or error.message.splitlines()[0][:160])
