"""Users and roles: reps with managers, a sales desk, communications; some inactive, one frozen, some Chatter only."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from . import words
from .draws import generator, office_hour, pick

if TYPE_CHECKING:
    from ..store import Store

ACCOUNTS_PER_REP = 60
REPS_PER_MANAGER = 8
INACTIVE_EVERY = 12
DOMAIN = "meernet.example"
_TOP_ROLE = "Management"


@dataclass(frozen=True, kw_only=True)
class Team:
    """User Ids. `reps` own accounts, the inactive and the frozen one too."""

    reps: tuple[str, ...]
    inactive: frozenset[str]
    frozen: str
    service: tuple[str, ...]
    sales_desk: str
    communications: str
    users: int


def load_team(store: Store, *, accounts: int, seed: int, as_of: date) -> Team:
    rng = generator(seed, "people")
    reps = max(3, round(accounts / ACCOUNTS_PER_REP))
    managers = -(-reps // REPS_PER_MANAGER)
    joined = as_of - timedelta(days=2000)
    manager_roles, rep_roles, staff_role = _roles(store, managers, joined)
    profiles = {name: _profile(store, name, kind, joined) for name, kind in _PROFILES}
    first = pick(rng, words.FIRST_NAMES, reps + managers)
    last = pick(rng, words.LAST_NAMES, reps + managers)
    standard = profiles["Standard User"]

    manager_rows = [
        _user(first[i], last[i], f"mgr{i + 1:03d}", standard, joined, "Sales manager", UserRoleId=manager_roles[i])
        for i in range(managers)
    ]
    manager_ids = store.insert_many("User", manager_rows)
    inactive = [i % INACTIVE_EVERY == 2 for i in range(reps)]
    rep_rows = [
        _user(
            first[managers + i], last[managers + i], f"rep{i + 1:04d}", standard, joined, "Account manager",
            IsActive=not inactive[i], ManagerId=manager_ids[i // REPS_PER_MANAGER],
            UserRoleId=rep_roles[i // REPS_PER_MANAGER], **_language(i), **_hours(store, i, as_of),
        )
        for i in range(reps)
    ]  # fmt: skip
    rep_ids = store.insert_many("User", rep_rows)
    staff_rows = [
        _user("Sales", "Desk", "sdesk", standard, joined, "Sales desk", UserRoleId=staff_role),
        _user("Marketing", "Communicatie", "comms", standard, joined, "Communications", UserRoleId=staff_role,
              UserPermissionsMarketingUser=True),
        *(_user("Service", f"Desk {n}", f"serv{n}", standard, joined, "Service", UserRoleId=staff_role)
          for n in (1, 2)),
        *(_user(name, "Buiten", f"chat{n}", profiles["Chatter Free User"], joined, "Guest", UserType="CsnOnly")
          for n, name in enumerate(("Lotte", "Milan"), start=1)),
    ]  # fmt: skip
    staff = store.insert_many("User", staff_rows)
    frozen = rep_ids[1]
    _freeze(store, frozen, [*manager_ids, *rep_ids, *staff], as_of)
    return Team(
        reps=tuple(rep_ids),
        inactive=frozenset(r for r, gone in zip(rep_ids, inactive, strict=True) if gone),
        frozen=frozen,
        sales_desk=staff[0],
        communications=staff[1],
        service=tuple(staff[2:4]),
        users=len(manager_ids) + len(rep_ids) + len(staff),
    )


def _language(rep: int) -> dict[str, str]:
    """Most read Dutch; of ten one reads English, one Polish."""
    return {
        8: {"LanguageLocaleKey": "pl", "LocaleSidKey": "pl_PL"},
        9: {"LanguageLocaleKey": "en_US", "LocaleSidKey": "en_GB"},
    }.get(rep % 10, {"LanguageLocaleKey": "nl_NL"})


def _hours(store: Store, rep: int, as_of: date) -> dict[str, Any]:
    """Of six reps one works three days a week; of fifteen one is away next week. Nothing where the org has no field."""
    user = store.schema.objects["user"]
    told = {
        "Lifecycle_Hours_Share__c": 60 if rep % 6 == 3 else None,
        "Lifecycle_Away_From__c": as_of if rep % 15 == 4 else None,
        "Lifecycle_Away_Until__c": as_of + timedelta(days=9) if rep % 15 == 4 else None,
    }
    return {name: value for name, value in told.items() if value is not None and user.get(name)}


_PROFILES = (("Standard User", "Standard"), ("Chatter Free User", "CsnOnly"))


def _roles(store: Store, managers: int, joined: date) -> tuple[list[str], list[str], str]:
    """Sales roles below the org's top role, which is made where there is none; the worker belongs into that one."""
    with store.read() as con:
        row = con.execute('SELECT "Id" FROM "UserRole" WHERE "ParentRoleId" IS NULL ORDER BY "Id" LIMIT 1').fetchone()
    top = str(row[0]) if row else store.insert_many("UserRole", [_role(_TOP_ROLE, None, joined)])[0]
    staff = store.insert_many("UserRole", [_role("Sales support and communications", top, joined)])[0]
    leads = store.insert_many("UserRole", [_role(f"Sales manager {n + 1}", top, joined) for n in range(managers)])
    reps = store.insert_many("UserRole", [_role(f"Sales team {n + 1}", leads[n], joined) for n in range(managers)])
    return leads, reps, staff


def _role(name: str, parent: str | None, changed: date) -> dict[str, Any]:
    moment = office_hour(changed)
    return {
        "Name": name,
        "DeveloperName": name.replace(" ", "_"),
        "ParentRoleId": parent,
        "LastModifiedDate": moment,
        "SystemModstamp": moment,
    }


def _profile(store: Store, name: str, user_type: str, created: date) -> str:
    with store.read() as con:
        row = con.execute('SELECT "Id" FROM "Profile" WHERE "Name" = ? ORDER BY "Id"', (name,)).fetchone()
    if row:
        return str(row[0])
    moment = office_hour(created)
    audit = {"CreatedDate": moment, "LastModifiedDate": moment, "SystemModstamp": moment}
    return store.insert_many("Profile", [{"Name": name, "UserType": user_type, **audit}])[0]


def _user(first: str, last: str, alias: str, profile: str, joined: date, title: str, **more: Any) -> dict[str, Any]:
    email = f"{plain(first)}.{plain(last)}.{alias}@{DOMAIN}"
    row = {
        "FirstName": first, "LastName": last, "Username": email, "Email": email, "Alias": alias, "Title": title,
        "CommunityNickname": alias, "EmployeeNumber": f"E-{alias}", "FederationIdentifier": f"{alias}@{DOMAIN}",
        "CompanyName": "Meernet Zakelijk", "Country": "NL", "TimeZoneSidKey": "Europe/Amsterdam",
        "LocaleSidKey": "nl_NL", "LanguageLocaleKey": "nl_NL", "EmailEncodingKey": "UTF-8", "ProfileId": profile,
        "IsActive": True,
        "UserType": "Standard", "UserRoleId": None, "ManagerId": None, **more,
    }  # fmt: skip
    moment = office_hour(joined)
    return row | {"CreatedDate": moment, "LastModifiedDate": moment, "SystemModstamp": moment}


def _freeze(store: Store, user: str, everybody: list[str], as_of: date) -> None:
    """The store makes a UserLogin with each User, stamped by the clock; here they get a date of the sample's own."""
    moment = office_hour(as_of - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with store.write() as con:
        con.executemany(
            'UPDATE "UserLogin" SET "IsFrozen" = ?, "LastModifiedDate" = ? WHERE "UserId" = ?',
            [(int(each == user), moment, each) for each in everybody],
        )


def plain(name: str) -> str:
    """Letters and digits only, without accents, in lower case: for e-mail and web addresses."""
    parts = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "l").replace("ø", "o").replace("ı", "i"))
    return "".join(c for c in parts.lower() if c.isascii() and c.isalnum())
