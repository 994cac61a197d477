"""Query results that are fetched page by page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import ids

if TYPE_CHECKING:
    from .soql import Compiled

_MOST_CURSORS = 64


@dataclass(frozen=True, kw_only=True)
class Cursor:
    user_id: str
    path: str  # query or queryAll
    compiled: Compiled
    rows: list[Any]
    page: int


class Cursors:
    """Results that are still being fetched; the oldest give way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Cursor] = OrderedDict()
        self._last = 0

    def add(self, cursor: Cursor) -> str:
        with self._lock:
            self._last += 1
            locator = ids.make("0r8", self._last)
            self._open[locator] = cursor
            while len(self._open) > _MOST_CURSORS:
                self._open.popitem(last=False)
            return locator

    def get(self, locator: str) -> Cursor | None:
        return self._open.get(locator)
