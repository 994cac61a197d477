"""What a run keeps on this machine: can it be written? Looked at and left alone; the run makes it."""

from __future__ import annotations

import os
from pathlib import Path

from sf_lifecycle.doctor.findings import CONFIGURATION, Finding, error, ok


def data_dir(folder: Path) -> Finding:
    """Whether a run could make the folder, or write in it where it is there."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(each))
    fix = "name another folder in storage.data_dir of config.toml, or let the worker's account write there"
    if not there.is_dir():
        return error(CONFIGURATION, f"storage.data_dir: {there} is no folder, every run would be refused", fix)
    if not os.access(there, os.W_OK | os.X_OK):
        return error(CONFIGURATION, f"storage.data_dir: {there} cannot be written, every run would be refused", fix)
    return ok(CONFIGURATION, f"storage.data_dir ({folder}) can be written")
