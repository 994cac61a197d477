"""The benchmark's configuration: what the hand-written SQL of `engine.py` says, in the mapping language."""

from __future__ import annotations

from collections.abc import Sequence

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.engine import Query

OBJECTS = {
    "Account": {
        "Name": "string",
        "OwnerId": "reference",
        "Lifecycle_Satisfaction__c": "double",
        "AccountSource": "string",
        "NumberOfEmployees": "int",
    },
    "Lifecycle_Provider_Contract__c": {
        "Account__c": "reference",
        "Provider__c": "string",
        "End_Date__c": "date",
        "End_Date_Certainty__c": "string",
        "Notice_Days__c": "double",
        "Monthly_Value__c": "currency",
    },
    "Contract": {
        "AccountId": "reference",
        "Status": "string",
        "StartDate": "date",
        "EndDate": "date",
        "Lifecycle_Monthly_Value__c": "currency",
    },
    "Contact": {
        "AccountId": "reference",
        "Title": "string",
        "DoNotCall": "boolean",
        "Phone": "string",
        "LastActivityDate": "date",
    },
    "Opportunity": {"AccountId": "reference", "IsClosed": "boolean"},
}
SCHEMA = OrgSchema(
    objects={
        name: ObjectInfo(
            name=name,
            fields={f: FieldInfo(name=f, type=t, scale=2 if t == "currency" else 0) for f, t in fields.items()},
        )
        for name, fields in OBJECTS.items()
    },
    source="the benchmark",
)
MAPPING = Mapping.model_validate(
    {
        "name": "benchmark",
        "owners": {"fallback": "desk"},
        "roles": {
            "account": [
                {
                    "object": "Account",
                    "fields": {
                        "name": "Name",
                        "owner": "OwnerId",
                        "satisfaction": "Lifecycle_Satisfaction__c",
                        "source": "AccountSource",
                        "employees": "NumberOfEmployees",
                    },
                }
            ],
            "other_contract": [
                {
                    "object": "Lifecycle_Provider_Contract__c",
                    "parent": "Account__c",
                    "fields": {
                        "provider": "Provider__c",
                        "end_date": "End_Date__c",
                        "certainty": "End_Date_Certainty__c",
                        "notice_days": "Notice_Days__c",
                        "monthly": "Monthly_Value__c",
                    },
                }
            ],
            "own_contract": [
                {
                    "object": "Contract",
                    "parent": "AccountId",
                    "fields": {
                        "status": "Status",
                        "start_date": "StartDate",
                        "end_date": "EndDate",
                        "monthly": "Lifecycle_Monthly_Value__c",
                    },
                }
            ],
            "contact": [
                {
                    "object": "Contact",
                    "parent": "AccountId",
                    "fields": {
                        "function": "Title",
                        "do_not_call": "DoNotCall",
                        "phone": "Phone",
                        "last_activity": "LastActivityDate",
                    },
                }
            ],
            "opportunity": [{"object": "Opportunity", "parent": "AccountId", "fields": {"is_closed": "IsClosed"}}],
        },
        "parameters": {
            "window_days": 90,
            "running": ["Activated", "Expired"],
            "slack_days": {"by": "certainty", "values": {"exact": 0, "month": 15, "quarter": 45}, "default": 120},
        },
        "columns": {
            "other_contract": {"decision_date": "add_days(end_date, -coalesce(notice_days, 30))"},
            "own_contract": {"active": "status in running", "decision_date": "add_days(end_date, -30)"},
        },
        "features": {
            "account": {
                "open_elsewhere": {
                    "from": "other_contract",
                    "value": "count(*)",
                    "where": "position in ('window', 'free')",
                },
                "known_lines": {"from": "other_contract", "value": "count(*)"},
                "worth_elsewhere": {
                    "from": "other_contract",
                    "value": "sum(monthly)",
                    "where": "position in ('window', 'free')",
                },
                "next_decision": {
                    "from": "other_contract",
                    "value": "min(decision_date)",
                    "where": "decision_date >= today()",
                },
                "own_active": {"from": "own_contract", "value": "count(*)", "where": "active"},
                "own_ever": {"from": "own_contract", "value": "count(*)", "where": "status <> 'Draft'"},
                "own_monthly": {"from": "own_contract", "value": "sum(monthly)", "where": "active"},
                "first_won": {"from": "own_contract", "value": "min(start_date)", "where": "active"},
                "next_own": {
                    "from": "own_contract",
                    "value": "min(decision_date)",
                    "where": "active and decision_date >= today()",
                },
                "talks": {"from": "opportunity", "value": "count(*)", "where": "not is_closed"},
                "contacts": {"from": "contact", "value": "count(*)"},
                "decision_maker": {
                    "from": "contact",
                    "pick": "if(function = 'Decision maker', 0, 1), last_activity desc",
                    "where": "not do_not_call and phone is not null",
                },
            }
        },
        "labels": {
            "other_contract": {
                "position": {
                    "rules": [
                        {"label": "unknown", "when": "end_date is null"},
                        {"label": "free", "when": "end_date < today()"},
                        {"label": "missed", "when": "add_days(decision_date, slack_days) < today()"},
                        {
                            "label": "window",
                            "when": "add_days(decision_date, -slack_days) <= add_days(today(), window_days)",
                        },
                        {"label": "locked"},
                    ]
                }
            }
        },
    }
)
MODEL = Model.model_validate(
    {
        "title": "Benchmark",
        "needs": {"own_active": "number", "first_won": "date"},
        "stages": {},
        "labels": {
            "account": {
                "stage": {
                    "rules": [
                        {"label": "in contract talks", "when": "talks > 0 and own_active = 0"},
                        {"label": "onboarding", "when": "own_active > 0 and first_won >= add_days(today(), -90)"},
                        {"label": "renewal due", "when": "own_active > 0 and next_own <= add_days(today(), 120)"},
                        {"label": "promoter", "when": "own_active > 0 and satisfaction >= 9"},
                        {"label": "customer", "when": "own_active > 0"},
                        {"label": "lost", "when": "own_ever > 0"},
                        {"label": "prospect", "when": "contacts > 0 and (known_lines > 0 or source = 'Web')"},
                        {"label": "suspect"},
                    ]
                }
            }
        },
    }
)


def queries(features: Sequence[str], best: int, *, everything: bool) -> list[Query]:
    """The ranked list, and every account where wanted."""
    listed = {name: name for name in ("name", "owner", "stage", *features, "decision_maker")}
    found = [
        Query(
            name="list",
            set="account",
            select=listed,
            where="stage in ('prospect', 'lost') and open_elsewhere > 0",
            order=("worth_elsewhere desc",),
            best=best,
            per=("owner",),
        )
    ]
    if everything:
        found.append(Query(name="all", set="account", select={name: name for name in ("stage", *features)}))
    return found
