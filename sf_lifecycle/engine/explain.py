"""One row explained (placeholder)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Explanation:
    set: str


def explain(program: Any, con: Any, **kw: Any) -> Explanation:
    raise NotImplementedError
