"""An error as the API words it."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """One error of the REST API. `status` is the HTTP status where the error is a whole reply."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] = (), *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        self.status = status

    def body(self) -> dict[str, Any]:
        """As a reply of its own shows it."""
        found: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return {**found, "fields": list(self.fields)} if self.fields else found

    def row(self) -> dict[str, Any]:
        """As a row of a collection shows it: the code is called statusCode there."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    return ApiError("NOT_FOUND", message, status=404)


def invalid_reference() -> ApiError:
    return ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)


def is_deleted() -> ApiError:
    return ApiError("ENTITY_IS_DELETED", "entity is deleted", status=404)


def no_access() -> ApiError:
    return ApiError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)


def not_writable(names: tuple[str, ...]) -> ApiError:
    return ApiError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and"
        " verify that it is read/write for your profile or permission set.",
        names,
    )


def required_missing(names: tuple[str, ...]) -> ApiError:
    return ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def no_such_column(name: str, object_name: str) -> ApiError:
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {object_name}")
