"""A working folder made from what comes with the program."""

from __future__ import annotations

import shutil
from pathlib import Path

from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import UsageError

# From, to. The example holds every setting, working, for the local org.
COPIED = {"config.example.toml": "config.toml", "jobs": "jobs", "mappings": "mappings", "salesforce": "salesforce"}
_NOT_OURS = shutil.ignore_patterns("__pycache__", ".DS_Store")


def make_working_folder(folder: Path) -> list[str]:
    """Copy everything into `folder`; returns the names made. Raises UsageError, with nothing written, if one exists."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder")
    there = [target for target in COPIED.values() if (folder / target).exists() or (folder / target).is_symlink()]
    if there:
        raise UsageError(f"{folder} already has {', '.join(there)}; nothing was written: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in COPIED.items():
            _copy(shipped_root() / source, folder / target)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    # Secrets will be written into it.
    (folder / COPIED["config.example.toml"]).chmod(0o600)
    return list(COPIED.values())


def _copy(source: Path, target: Path) -> None:
    """Contents alone: an installed package's files may be read-only, a working folder's must not be."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=_NOT_OURS, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(source, target)
