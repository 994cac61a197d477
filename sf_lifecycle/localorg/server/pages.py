"""`describe/layouts`: the page layout of an object, the same for every profile."""

from __future__ import annotations

from typing import Any

from .. import ids
from ..errors import not_found
from ..pages import fields_on_page
from ..schema import SObject
from .calls import Call, Reply

_MASTER_RECORD_TYPE = "012000000000000AAA"


def layouts(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    mapping = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "layoutId": _layout_id(call, sobject),
        "master": True,
        "name": "Master",
        "picklistsForRecordType": [],
        "recordTypeId": _MASTER_RECORD_TYPE,
        "urls": {"layout": f"{call.base}/sobjects/{sobject.name}/describe/layouts/{_MASTER_RECORD_TYPE}"},
    }
    body = {
        "layouts": [_layout(call, sobject)],
        "recordTypeMappings": [mapping],
        "recordTypeSelectorRequired": [False],
    }
    return Reply(body=body)


def layout(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    if ids.normalize(call.parts[4]) != _MASTER_RECORD_TYPE:
        raise not_found()
    return Reply(body=_layout(call, sobject))


def _layout_id(call: Call, sobject: SObject) -> str:
    place = list(call.org.schema.objects).index(sobject.name.lower())
    return ids.make("00h", place + 1)


def _layout(call: Call, sobject: SObject) -> dict[str, Any]:
    section = {
        "collapsed": False,
        "columns": 2,
        "heading": "Information",
        "layoutRows": _rows(call, sobject),
        "parentLayoutId": _layout_id(call, sobject),
        "rows": 0,
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": False,
        "useHeading": True,
    }
    return {
        "buttonLayoutSection": {"detailButtons": []},
        "detailLayoutSections": [section],
        "editLayoutSections": [section],
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": _layout_id(call, sobject),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": None,
        "relatedLists": [],
        "saveOptions": [],
    }


def _rows(call: Call, sobject: SObject) -> list[dict[str, Any]]:
    """What the user may not see is on no page."""
    shown = [name for name in fields_on_page(sobject, call.org.pages) if call.access.readable(sobject.name, name)]
    return [{"layoutItems": [_item(call, sobject, name)], "numItems": 1} for name in shown]


def _item(call: Call, sobject: SObject, name: str) -> dict[str, Any]:
    field = sobject.fields[name.lower()]
    editable = call.access.editable(sobject.name, field.name)
    component = {
        "components": [],
        "details": {"name": field.name, "label": field.label, "type": field.type},
        "displayLines": 1,
        "fieldType": field.type,
        "tabOrder": 1,
        "type": "Field",
        "value": field.name,
    }
    return {
        "editableForNew": editable and field.createable,
        "editableForUpdate": editable and field.updateable,
        "label": field.label,
        "layoutComponents": [component],
        "placeholder": False,
        "required": field.required,
    }
