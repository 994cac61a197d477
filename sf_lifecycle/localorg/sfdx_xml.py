"""Reading metadata XML without its namespace."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

_NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"


def read_xml(path: Path) -> ET.Element:
    """The root element. The files are the user's own project, not something sent from elsewhere."""
    return ET.parse(path).getroot()  # noqa: S314


def text(element: ET.Element, name: str, default: str = "") -> str:
    found = element.find(_NAMESPACE + name)
    return (found.text or "").strip() if found is not None else default


def flag(element: ET.Element, name: str, *, default: bool = False) -> bool:
    found = text(element, name)
    return found == "true" if found else default


def number(element: ET.Element, name: str, default: int = 0) -> int:
    found = text(element, name)
    return int(found) if found else default


def child(element: ET.Element, name: str) -> ET.Element | None:
    return element.find(_NAMESPACE + name)


def children(element: ET.Element, name: str) -> list[ET.Element]:
    return element.findall(_NAMESPACE + name)
