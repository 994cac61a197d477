"""Page layouts: which fields people see on a record's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from .schema import SObject
from .sfdx import metadata_root
from .sfdx_xml import children, read_xml, text

_SYSTEM = frozenset({"Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "IsArchived"})


def read_pages(project: Path) -> dict[str, tuple[str, ...]]:
    """Lower-case object -> fields on the first of its layouts in a Salesforce DX project."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((metadata_root(project) / "layouts").glob("*.layout-meta.xml")):
        object_name = unquote(path.name).partition("-")[0].lower()
        root = read_xml(path)
        columns = [c for section in children(root, "layoutSections") for c in children(section, "layoutColumns")]
        names = [text(item, "field") for column in columns for item in children(column, "layoutItems")]
        found.setdefault(object_name, tuple(name for name in names if name))
    return found


def fields_on_page(sobject: SObject, pages: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The project's layout, else what every org's own layout has: a deployed custom field is on none by itself."""
    given = pages.get(sobject.name.lower())
    if given is not None:
        return given
    return tuple(f.name for f in sobject.fields.values() if not f.custom and f.name not in _SYSTEM)
