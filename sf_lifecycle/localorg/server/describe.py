"""Describes, as the running user sees the org."""

from __future__ import annotations

from typing import Any

from ..access import needs_permission
from ..schema import Field, SObject
from .calls import Call, Reply

_MERGEABLE = frozenset({"Account", "Contact", "Lead", "Individual"})
_MASTER_RECORD_TYPE = "012000000000000AAA"
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "base64": "xsd:base64Binary",
    "address": "urn:address",
    "location": "urn:location",
    "anyType": "xsd:anyType",
}
_LONG_TEXT = 255
# What a describe says of every field of this org alike.
_SAME_FOR_ALL: dict[str, Any] = {
    "aiPredictionField": False,
    "calculatedFormula": None,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "queryByDistance": False,
    "referenceTargetField": None,
    "restrictedDelete": False,
    "writeRequiresMasterRead": False,
}


def describe_global(call: Call) -> Reply:
    visible = [o for o in call.org.schema.objects.values() if call.access.object_readable(o.name)]
    entries = [_object(call, o) for o in sorted(visible, key=lambda o: o.name)]
    return Reply(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries})


def basic(call: Call) -> Reply:
    return Reply(body={"objectDescribe": _object(call, call.sobject(call.parts[1])), "recentItems": []})


def describe(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    visible = [f for f in sobject.fields.values() if call.access.readable(sobject.name, f.name)]
    body = _object(call, sobject) | {
        "actionOverrides": [],
        "childRelationships": _children(call, sobject),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(call, sobject, f) for f in visible],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_master_record_type(call, sobject)],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {sobject.label_plural.lower()}", "name": "everything"},
            {"label": f"My {sobject.label_plural.lower()}", "name": "mine"},
        ],
    }
    return Reply(body=body)


def _object(call: Call, sobject: SObject) -> dict[str, Any]:
    permission = call.access.object_permission(sobject.name)
    url = f"{call.base}/sobjects/{sobject.name}"
    ordinary = sobject.key_prefix is not None and sobject.deletable
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable and permission.create,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable and permission.delete,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": ordinary,
        "mergeable": sobject.name in _MERGEABLE,
        "mruEnabled": ordinary,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.get("SystemModstamp") is not None,
        "retrieveable": sobject.queryable,
        "searchable": ordinary,
        "triggerable": ordinary,
        "undeletable": sobject.get("IsDeleted") is not None and sobject.deletable,
        "updateable": sobject.updateable and permission.edit,
        "urls": {
            "sobject": url,
            "describe": f"{url}/describe",
            "rowTemplate": f"{url}/{{ID}}",
        },
    }


def _children(call: Call, sobject: SObject) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": c.cascade_delete,
            "childSObject": c.child_sobject,
            "deprecatedAndHidden": False,
            "field": c.field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": c.relationship_name,
            "restrictedDelete": False,
        }
        for c in sobject.child_relationships
        if call.access.object_readable(c.child_sobject)
    ]


def _master_record_type(call: Call, sobject: SObject) -> dict[str, Any]:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": _MASTER_RECORD_TYPE,
        "urls": {"layout": f"{call.base}/sobjects/{sobject.name}/describe/layouts/{_MASTER_RECORD_TYPE}"},
    }


def _field(call: Call, sobject: SObject, field: Field) -> dict[str, Any]:
    permission = call.access.object_permission(sobject.name)
    editable = field.stored and call.access.editable(sobject.name, field.name)
    found = {
        "aggregatable": field.groupable or field.is_number or field.type in ("date", "datetime"),
        "autoNumber": field.auto_number,
        "calculated": field.calculated,
        "createable": field.createable and editable and permission.create,
        "custom": field.custom,
        "defaultedOnCreate": field.defaulted_on_create,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "label": field.label,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": field.nillable,
        "permissionable": needs_permission(sobject, field),
        "searchPrefilterable": field.is_id,
        "sortable": field.sortable,
        "unique": field.unique,
        "updateable": field.updateable and editable and permission.edit,
    }
    return dict(sorted((_SAME_FOR_ALL | found | _type(field) | _relation(field)).items()))


def _type(field: Field) -> dict[str, Any]:
    """What a field holds."""
    return {
        "byteLength": field.length * 3 if field.is_text else field.length,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound_field_name,
        "defaultValue": field.default_value if field.type == "boolean" else None,
        "digits": field.digits,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" and field.length > _LONG_TEXT else None,
        "length": field.length if field.is_text or field.is_id else 0,
        "picklistValues": [
            {"active": v.active, "defaultValue": v.default, "label": v.label, "validFor": None, "value": v.value}
            for v in field.picklist_values
        ],
        "precision": field.precision,
        "restrictedPicklist": field.restricted_picklist,
        "scale": field.scale,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "type": field.type,
    }


def _relation(field: Field) -> dict[str, Any]:
    """Where a reference leads."""
    return {
        "cascadeDelete": field.master_detail,
        "namePointing": field.polymorphic,
        "polymorphicForeignKey": field.polymorphic,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": 0 if field.master_detail else None,
    }
