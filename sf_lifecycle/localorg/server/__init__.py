"""The HTTP side of the local org."""

from __future__ import annotations

from .app import build_app

__all__ = ["build_app"]
