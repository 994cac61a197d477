"""The commands. `main` is the program's entry; one file per group of commands; every error is worded in one place."""

from __future__ import annotations

from sf_lifecycle.cli.app import main

__all__ = ["main"]
