"""The faults in force, and which of them strikes."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from .fault import CHUNK_LIMIT, ENTITY_LOCKED, MAINTENANCE, OVERWRITE, QUERY_TIMEOUT, REQUEST_KINDS, Fault
from .requests import names_object, operations_of


class _Rule:
    """A fault in force: what is left of it, and its own dice."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        # No secret hangs on these dice, and a seed must strike the same calls again: what S311 warns of is wanted.
        self._dice = random.Random(fault.seed)  # noqa: S311

    def strikes(self) -> bool:
        """For one match. Passes and strikes are counted off."""
        if self.fault.skip:
            self.fault = replace(self.fault, skip=self.fault.skip - 1)
            return False
        return self.fault.chance >= 1 or self._dice.random() < self.fault.chance

    def used_up(self) -> bool:
        """After a strike."""
        if self.fault.times is None:
            return False
        if self.fault.times <= 1:
            return True
        self.fault = replace(self.fault, times=self.fault.times - 1)
        return False


class Faults:
    """The rules in force. The first that matches strikes."""

    def __init__(self, rules: Iterable[Fault] = (), *, prefix_of: Callable[[str], str | None] | None = None) -> None:
        """`prefix_of`: object name -> first characters of its Ids, by which a request to delete names its object."""
        self._lock = threading.Lock()
        self._rules = [_Rule(fault) for fault in rules]
        self._prefix_of = prefix_of or (lambda _: None)

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._rules += [_Rule(fault) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def listed(self) -> list[Fault]:
        """What is left of each."""
        with self._lock:
            return [rule.fault for rule in self._rules]

    def on_request(self, method: str, path: str, body: bytes, query: str = "") -> Fault | None:
        """The fault that strikes this request, if any. `object` matches where path, query or body name it."""
        if not self._rules:
            return None
        operations = operations_of(method, path, body)

        def matches(fault: Fault) -> bool:
            return (
                fault.kind in REQUEST_KINDS
                and fault.method.upper() in ("", method)
                and fault.path in path
                and (not fault.operation or fault.operation in operations)
                and (fault.kind != MAINTENANCE or method not in ("GET", "HEAD") or "/jobs/" in path)
                and (fault.kind != QUERY_TIMEOUT or "query" in operations)
                and (
                    not fault.object
                    or names_object(fault.object, self._prefix_of(fault.object), path=path, query=query, body=body)
                )
            )

        return self._strike(matches)

    def on_row(
        self, object_name: str, operation: str, record: Mapping[str, Any], *, kinds: Collection[str]
    ) -> Fault | None:
        """The fault of one of these kinds that strikes this row, if any. `record`: as it is once it is written."""
        return self._strike(lambda fault: fault.kind in kinds and _of_row(fault, object_name, operation, record))

    def all_on_row(self, object_name: str, operation: str, record: Mapping[str, Any], kind: str) -> list[Fault]:
        """Every fault of this kind that strikes this row: automation may put values into several fields."""
        if not self._rules:
            return []
        with self._lock:
            found = [
                rule
                for rule in self._rules
                if rule.fault.kind == kind and _of_row(rule.fault, object_name, operation, record) and rule.strikes()
            ]
            struck = [rule.fault for rule in found]
            for rule in found:
                if rule.used_up():
                    self._rules.remove(rule)
        return struck

    def on_call(self, kind: str, object_name: str, operation: str, *, rows: int) -> Fault | None:
        """A `chunk_limit` that strikes a call of so many rows, or `batch_retries` one of which so many failed."""
        least = 1 if kind == CHUNK_LIMIT else 0

        def matches(fault: Fault) -> bool:
            enough = rows >= max(fault.rows + least, 1)
            return fault.kind == kind and enough and _about(fault, object_name, operation)

        return self._strike(matches)

    def on_job(self, kind: str, object_name: str, operation: str) -> Fault | None:
        """The fault of this kind that strikes a Bulk job, if any. `operation`: insert…, query."""
        return self._strike(lambda fault: fault.kind == kind and _about(fault, object_name, operation))

    def _strike(self, matches: Callable[[Fault], bool]) -> Fault | None:
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                fault = rule.fault
                if matches(fault) and rule.strikes():
                    if rule.used_up():
                        self._rules.remove(rule)
                    return fault
        return None


def _about(fault: Fault, object_name: str, operation: str) -> bool:
    return fault.object.lower() in ("", object_name.lower()) and fault.operation in ("", operation)


def _of_row(fault: Fault, object_name: str, operation: str, record: Mapping[str, Any]) -> bool:
    return (
        _about(fault, object_name, operation)
        and (fault.kind != ENTITY_LOCKED or operation != "insert")
        and (fault.kind != OVERWRITE or operation != "delete")
        and all(record.get(name) == value for name, value in (fault.where or {}).items())
    )
