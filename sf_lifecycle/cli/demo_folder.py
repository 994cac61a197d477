"""The demo's folder: a working folder of its own, made anew each time, never anybody else's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sf_lifecycle.cli.working_folder import make_working_folder
from sf_lifecycle.errors import UsageError

MARKER = ".made-by-sf-lifecycle-demo"
ORG_FILE = "org.db"


def make_demo_folder(folder: Path) -> None:
    """An empty working folder at `folder`; an earlier demo's is replaced. UsageError where it is something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise UsageError(f"{folder} is not an earlier demo's folder; name another one with --dir")
    if folder.exists():
        shutil.rmtree(folder)
    make_working_folder(folder)
    (folder / MARKER).write_text("`sf-lifecycle demo` replaces this folder whenever it runs.\n", encoding="utf-8")


def point_at(folder: Path, *, url: str, org_id: str, listen: str) -> None:
    """Write the running org's address and Id into the folder's config.toml."""
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^instance_url = .*$", f'instance_url = "{url}"', text)
    text = re.sub(r"(?m)^# org_id = .*$", f'org_id = "{org_id}"', text)
    text = re.sub(r"(?m)^listen = .*$", f'listen = "{listen}"', text)
    path.write_text(text, encoding="utf-8")
