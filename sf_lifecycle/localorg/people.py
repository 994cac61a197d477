"""What people do in an org with their hands: in Salesforce's pages and its set-up, where no API call is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import checks, converting, deletion
from .clock import stamp
from .currencies import set_currency
from .fields import FieldReader
from .permissions import ObjectPermission, Permissions

if TYPE_CHECKING:
    from .org import Org

_OWNED_BY_ACCOUNT = {"Contact": "", "Opportunity": ' AND "IsClosed" = 0'}


class People:
    """`by`: the user who does it; an administrator where none is named."""

    def __init__(self, org: Org) -> None:
        self._org = org

    # -- records -------------------------------------------------------------------------------------------------

    def change_owner(self, account_id: str, owner_id: str, *, by: str | None = None) -> None:
        """Of an account, in its page: the old owner's contacts, open opportunities and open Tasks there move along. A
        change by API moves the account alone.
        """
        store = self._org.store
        row = store.get("Account", account_id)
        if row is None:
            raise KeyError(account_id)
        old = row["OwnerId"]
        stamps = '"OwnerId" = ?, "LastModifiedById" = ?, "LastModifiedDate" = ?, "SystemModstamp" = ?'
        now = stamp(self._org.now())
        values = (owner_id, by or self._org.admin_id, now, now)
        with store.write() as con:
            con.execute(f'UPDATE "Account" SET {stamps} WHERE "Id" = ?', (*values, account_id))
            for name, more in _OWNED_BY_ACCOUNT.items():
                con.execute(
                    f'UPDATE "{name}" SET {stamps} WHERE "AccountId" = ? AND "OwnerId" = ? AND "IsDeleted" = 0{more}',
                    (*values, account_id, old),
                )
            con.execute(
                f'UPDATE "Task" SET {stamps} WHERE ("AccountId" = ? OR "WhatId" = ?) AND "OwnerId" = ?'
                ' AND "IsClosed" = 0 AND "IsDeleted" = 0',
                (*values, account_id, account_id, old),
            )

    def merge(self, object_name: str, master: str, losers: Sequence[str]) -> None:
        """Accounts, contacts or leads: the losers' Tasks, contacts, contracts and memberships move to the master."""
        self._org.store.merge(object_name, master, losers)

    def convert_lead(
        self,
        lead: str,
        account: str | None = None,
        contact: str | None = None,
        *,
        opportunity: bool = True,
        by: str | None = None,
    ) -> dict[str, str | None]:
        """With the button in the Lead's page, into the account and contact named, or new ones: Ids of `account`,
        `contact` and `opportunity`. The Lead's Tasks and memberships go along; nobody changes the Lead any more.
        """
        with self._org.store.write() as con:
            writer = self._org.writer_for(by or self._org.admin_id, con)
            return converting.convert(writer, lead, account=account, contact=contact, opportunity=opportunity)

    def delete(self, record_id: str, *, by: str | None = None) -> None:
        """To the recycle bin, with what hangs on it."""
        sobject = self._org.schema.of_id(record_id)
        if sobject is None:
            raise KeyError(record_id)
        with self._org.store.write() as con:
            self._org.writer_for(by or self._org.admin_id, con).delete(sobject, record_id)

    def undelete(self, record_id: str, *, by: str | None = None) -> None:
        """Back from the recycle bin, with what went there along with it. ApiError where that cannot be."""
        with self._org.store.write() as con:
            deletion.restore(self._org.writer_for(by or self._org.admin_id, con), record_id)

    def empty_recycle_bin(self, object_name: str | None = None) -> int:
        """How many records are gone for good; no query sees them any more."""
        return deletion.empty(self._org.store, object_name)

    # -- users ---------------------------------------------------------------------------------------------------

    def deactivate(self, user_id: str) -> None:
        """An inactive user cannot log in, and cannot be made an owner; what it owns stays its own."""
        self._set("User", "IsActive", 0, "Id", user_id)

    def activate(self, user_id: str) -> None:
        """The reverse."""
        self._set("User", "IsActive", 1, "Id", user_id)

    def freeze(self, user_id: str, *, frozen: bool = True) -> None:
        """A frozen user cannot log in; everything else goes on."""
        self._set("UserLogin", "IsFrozen", int(frozen), "UserId", user_id)

    def set_role(self, user_id: str, role_id: str | None) -> None:
        """Who sees what follows from roles."""
        self._set("User", "UserRoleId", role_id, "Id", user_id)

    def set_marketing_user(self, user_id: str, *, ticked: bool) -> None:
        """Campaigns and member statuses need it."""
        self._set("User", "UserPermissionsMarketingUser", int(ticked), "Id", user_id)

    def set_user(self, user_id: str, values: Mapping[str, Any]) -> None:
        """Other fields of a user by API name, such as Country, LanguageLocaleKey or a custom field; KeyError for a user
        who is not there, ApiError for a value that cannot be.
        """
        store = self._org.store
        if store.get("User", user_id) is None:
            raise KeyError(user_id)
        with store.write() as con:
            writer = self._org.writer_for(self._org.admin_id, con)
            row = FieldReader(writer).read(store.object("User"), values, creating=False)
            checks.references(writer, store.object("User"), row)
            writer.change("User", user_id, row)

    def log_in(self, user_id: str) -> str:
        """A token that does what this user may; KeyError for nobody, ApiError where the user may not log in."""
        self._org.access_for(user_id)
        return self._org.sessions.open(user_id)

    def _set(self, object_name: str, field: str, value: object, key: str, user_id: str) -> None:
        now = stamp(self._org.now())
        sobject = self._org.store.object(object_name)
        stamps = [n for n in ("LastModifiedDate", "SystemModstamp") if sobject.get(n) is not None]
        assignments = "".join(f', "{name}" = ?' for name in stamps)
        with self._org.store.write() as con:
            con.execute(
                f'UPDATE "{object_name}" SET "{field}" = ?{assignments} WHERE "{key}" = ?',
                (value, *[now] * len(stamps), user_id),
            )

    # -- set-up --------------------------------------------------------------------------------------------------

    def revoke_field(self, permission_set: str, field: str, *, edit_only: bool = False) -> None:
        """Of a permission set, such as `Account.Phone`: gone for its users, or no longer editable.

        As all grants made here, it holds until the org is started again from its metadata.
        """
        held, key = self._held(permission_set), field.lower()
        readable = held.readable if edit_only else held.readable - {key}
        self._grant(permission_set, replace(held, readable=readable, editable=held.editable - {key}))

    def grant_field(self, permission_set: str, field: str, *, edit: bool = False) -> None:
        """The reverse of `revoke_field`."""
        held, key = self._held(permission_set), frozenset({field.lower()})
        editable = held.editable | key if edit else held.editable
        self._grant(permission_set, replace(held, readable=held.readable | key, editable=editable))

    def grant_object(self, permission_set: str, object_name: str, permission: ObjectPermission) -> None:
        """What the permission set allows on an object, in place of what it did."""
        held = self._held(permission_set)
        self._grant(permission_set, replace(held, objects={**held.objects, object_name.lower(): permission}))

    def grant_right(self, permission_set: str, right: str, *, granted: bool = True) -> None:
        """A right such as ViewAllUsers or ModifyAllData."""
        held = self._held(permission_set)
        user = held.user | {right} if granted else held.user - {right}
        self._grant(permission_set, replace(held, user=user))

    def _held(self, permission_set: str) -> Permissions:
        return self._org.permission_sets[permission_set][1]

    def _grant(self, permission_set: str, permissions: Permissions) -> None:
        label, _ = self._org.permission_sets[permission_set]
        self._org.permission_sets[permission_set] = (label, permissions)
        self._org.show_setup()

    def set_currency(self, code: str, *, rate: str | None = None, active: bool | None = None) -> None:
        """Another rate, or a currency that nobody may use any more (or may again); a new code comes with its rate.

        ValueError in an org with one currency, for what is no rate, and for any change to the corporate one.
        """
        set_currency(self._org.store, code, rate=rate, active=active)
        self._org.refresh()

    def share(self, object_name: str, model: str) -> None:
        """An organisation-wide default: Private, Read, ReadWrite or ControlledByParent; one for Tasks and Events."""
        names = ("Task", "Event") if object_name in ("Task", "Event", "Activity") else (object_name,)
        self._org.share(dict.fromkeys(names, model))
