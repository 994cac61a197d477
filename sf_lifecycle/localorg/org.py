"""One running org: its records, users, sessions, limits, clock and faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from .access import Access
from .archiving import archive
from .bootstrap import bootstrap
from .clock import Clock, utc_now
from .currencies import with_active, with_currencies, write_currencies
from .cursors import Cursors
from .errors import ApiError
from .faults import Faults
from .features import SETTING as FEATURES, Features, features_of, without_individuals
from .layouts import Layout, layout_of
from .meter import Meter
from .pages import read_pages
from .people import People
from .permissions import PROFILES, Permissions, combine, read_permission_sets
from .persons import with_persons, write_record_types
from .picklists import with_entries
from .records import Writer
from .schema import Schema, SObject
from .sessions import Credentials, Sessions
from .setup_objects import with_setup_objects
from .setup_rows import write_grants, write_licences, write_sharing
from .sfdx import load_sfdx, role_files
from .sharing import BY_PARENT
from .standard import load_standard
from .store import Store


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What Salesforce does is not known for certain in these points; each may be turned."""

    deleted_rows_hold_unique_values: bool = False
    tasks_and_events_share_unique_values: bool = True
    archive_activities: bool = True
    activities_seen_through_parents: bool = True  # Private ones: read access to account, contact… shows them
    longest_uri: int = 16_384  # bytes of path and query
    sharing: Mapping[str, str] = field(default_factory=dict)  # object -> Private, Read or ReadWrite, over the defaults


class Org:
    """Everything the server answers from. Safe to use from several threads."""

    def __init__(
        self,
        *,
        data: str | Path = ":memory:",
        metadata: Path | None = None,
        credentials: Credentials | None = None,
        timezone: str = "UTC",
        now: Clock = utc_now,
        switches: Switches | None = None,
        daily_limit: int = 100_000,
        features: Features | None = None,
    ) -> None:
        """`metadata`: a Salesforce DX project; without one the org has standard objects only. `features`: those of the
        data file, or of a new org (see `features_of`); None for what the file has.
        """
        self.switches = switches or Switches()
        self.timezone = ZoneInfo(timezone)
        self.now = now
        self.features = features or features_of(data)
        self.schema: Schema = _schema(metadata, self.features)
        sets = read_permission_sets(metadata, self.features.folders) if metadata is not None else {}
        self.permission_sets = sets
        self.pages = read_pages(metadata) if metadata is not None else {}
        self.store = Store(data, self.schema, now=now)
        bootstrap(
            self.store,
            timezone=timezone,
            roles=list(role_files(metadata)) if metadata is not None else [],
            permission_sets={name: label for name, (label, _) in self.permission_sets.items()},
        )
        self.store.set_setting(FEATURES, self.features.dumped())
        write_currencies(self.store, self.features)
        write_record_types(self.store)
        self.sessions = Sessions(credentials or Credentials(), self)
        self.meter = Meter(daily_limit, now)
        self.faults = Faults(prefix_of=self._prefix_of)
        self.cursors = Cursors()
        self.people = People(self)
        self._layouts: dict[str, Layout] = {}
        self.refresh()
        self._archived_on: date | None = None
        # An org with person accounts has no sharing of its own for contacts.
        self._sharing = {"contact": BY_PARENT} if self.features.person_accounts else {}
        self._sharing |= {name.lower(): model for name, model in self.switches.sharing.items()}
        write_licences(self.store)
        self.show_setup()

    def show_setup(self) -> None:
        """Let the objects that describe the org say what it grants and shares now."""
        with self.store.write():
            write_sharing(self.store, self._sharing)
            write_grants(self.store, self.permission_sets)

    def share(self, models: Mapping[str, str]) -> None:
        """Change organisation-wide defaults: object -> Private, Read, ReadWrite or ControlledByParent."""
        self._sharing |= {name.lower(): model for name, model in models.items()}
        self.show_setup()

    def change_owner_in_ui(self, account_id: str, owner_id: str) -> None:
        """As in an account's page: see `people.change_owner`."""
        self.people.change_owner(account_id, owner_id)

    def writer_for(self, user_id: str, con: sqlite3.Connection) -> Writer:
        """Writes as this user, inside `store.write()`."""
        return Writer(self, self.access_for(user_id), con)

    def refresh(self) -> None:
        """Take in picklist entries that came into the store by themselves, as with a sample."""
        self.schema = self.store.schema = with_active(with_entries(self.schema, self.store), self.store)
        self._layouts = {}

    def new_day(self) -> None:
        """What the platform does by itself overnight; at most once a day."""
        moment = self.now()
        if self.switches.archive_activities and moment.date() != self._archived_on:
            self._archived_on = moment.date()
            archive(self.store, moment)

    def close(self) -> None:
        self.store.close()

    @property
    def org_id(self) -> str:
        return self.required("org_id")

    @property
    def is_empty(self) -> bool:
        with self.store.read() as con:
            return con.execute('SELECT 1 FROM "Account" LIMIT 1').fetchone() is None

    @property
    def admin_id(self) -> str:
        return self.required("admin_id")

    @property
    def worker_id(self) -> str:
        return self.required("worker_id")

    def required(self, name: str) -> str:
        found = self.store.setting(name)
        if found is None:
            raise KeyError(name)
        return found

    def _prefix_of(self, object_name: str) -> str | None:
        found = self.schema.get(object_name)
        return None if found is None else found.key_prefix

    def layout(self, sobject: SObject) -> Layout:
        found = self._layouts.get(sobject.name)
        if found is None:
            found = self._layouts[sobject.name] = layout_of(sobject)
        return found

    def access_for(self, user_id: str) -> Access:
        """The rights of a user as they are now. KeyError if there is no such user; ApiError if it may not be here."""
        with self.store.read() as con:
            user = con.execute(
                'SELECT u."UserRoleId", u."UserPermissionsMarketingUser", p."Name",'
                ' u."IsActive" = 1 AND coalesce(l."IsFrozen", 0) = 0 FROM "User" AS u'
                ' LEFT JOIN "UserLogin" AS l ON l."UserId" = u."Id"'
                ' LEFT JOIN "Profile" AS p ON p."Id" = u."ProfileId" WHERE u."Id" = ?',
                (user_id,),
            ).fetchone()
            sets = con.execute(
                'SELECT s."Name" FROM "PermissionSetAssignment" AS a JOIN "PermissionSet" AS s'
                ' ON s."Id" = a."PermissionSetId" WHERE a."AssigneeId" = ?',
                (user_id,),
            ).fetchall()
        if user is None:
            raise KeyError(user_id)
        role_id, marketing, profile, welcome = user
        if not welcome:
            raise ApiError("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        granted = [PROFILES.get(profile, Permissions())]
        granted += [self.permission_sets[name][1] for (name,) in sets if name in self.permission_sets]
        return Access(
            schema=self.schema,
            user_id=user_id,
            role_id=role_id,
            permissions=combine(granted),
            marketing_user=bool(marketing),
            sharing_overrides=self._sharing,
            activities_seen_through_parents=self.switches.activities_seen_through_parents,
        )


def _schema(metadata: Path | None, features: Features) -> Schema:
    """Standard and custom objects, with what these features add to them."""
    schema = with_setup_objects(load_standard())
    if metadata is not None:
        schema = load_sfdx(metadata, schema)
    if not features.individuals:
        schema = without_individuals(schema)
    if features.person_accounts:
        schema = with_persons(schema)
    return with_currencies(schema, features) if features.currencies else schema
