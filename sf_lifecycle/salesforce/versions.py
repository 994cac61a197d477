"""Which versions of the API an org serves. Needs no login, so it also answers where the configured one is refused."""

from __future__ import annotations

from typing import Any

import requests

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce.meter import CallMeter
from sf_lifecycle.salesforce.web import base_url, open_session

_WHAT = "Reading the versions of the API"


def served_versions(settings: SalesforceSettings) -> tuple[str, ...]:
    """`66.0` and so on, oldest first. OrgError, OrgUnavailable; ConfigError for an address that is none."""
    session = open_session(settings, CallMeter())
    try:
        response = session.get(f"{base_url(settings)}/services/data", allow_redirects=False)
        answer: Any = response.json()
    except requests.RequestException as error:
        raise OrgUnavailable(f"{_WHAT} failed: no usable answer", way_out="check salesforce.instance_url") from error
    finally:
        session.close()
    versions = [str(each["version"]) for each in answer if isinstance(each, dict) and "version" in each]
    if response.status_code != 200 or not versions:
        raise OrgError(f"{_WHAT} failed: HTTP {response.status_code} without a list of versions")
    return tuple(sorted(versions, key=float))
