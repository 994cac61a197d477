"""Where the jobs, mappings and Salesforce sources that come with the program lie."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def shipped_root() -> Path:
    """The folder holding `jobs`, `mappings`, `salesforce` and `config.example.toml`.

    Inside an installed wheel that is the package's `shipped` folder; in a checkout it is the checkout itself.
    """
    packaged = PACKAGE / "shipped"
    return packaged if packaged.is_dir() else PACKAGE.parent


def standard_objects_dir() -> Path:
    """The folder of standard object descriptions, one JSON file an object."""
    return PACKAGE / "standard_objects"
