"""A Salesforce-compatible org on loopback, for first runs, rehearsals and tests.

It shares no code with the rest of the package and knows Salesforce from its documents only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, Unpack

from .clock import utc_now
from .fault import Fault, fault_from_json
from .features import FeatureError, Features, features_of
from .org import Org, Switches
from .serving import LocalOrg, address, listen, serve, start
from .sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Credentials

__all__ = [
    "Credentials",
    "Fault",
    "FeatureError",
    "Features",
    "LocalOrg",
    "Org",
    "OrgOptions",
    "Switches",
    "fault_from_json",
    "features_of",
    "open_org",
    "run",
    "serve_in_thread",
]

DEFAULT_SEED = 1
Progress = Callable[[int, int], None]


class OrgOptions(TypedDict, total=False):
    """What an org is opened with; what is left out is said at `open_org`."""

    data: str | Path
    metadata: Path | None
    sample: int | None
    seed: int
    as_of: date | None
    token: str | None
    client_id: str
    client_secret: str
    public_key: str | None
    timezone: str
    now: Callable[[], datetime]
    switches: Switches | None
    daily_limit: int
    faults: Sequence[Fault]
    progress: Progress | None
    currencies: Mapping[str, str | Decimal] | None
    corporate: str | None
    person_accounts: bool | None
    individuals: bool | None


def open_org(
    *,
    data: str | Path = ":memory:",
    metadata: Path | None = None,
    sample: int | None = None,
    seed: int = DEFAULT_SEED,
    as_of: date | None = None,
    token: str | None = None,
    client_id: str = DEFAULT_CLIENT_ID,
    client_secret: str = DEFAULT_CLIENT_SECRET,
    public_key: str | None = None,
    timezone: str = "UTC",
    now: Callable[[], datetime] = utc_now,
    switches: Switches | None = None,
    daily_limit: int = 100_000,
    faults: Sequence[Fault] = (),
    progress: Progress | None = None,
    currencies: Mapping[str, str | Decimal] | None = None,
    corporate: str | None = None,
    person_accounts: bool | None = None,
    individuals: bool | None = None,
) -> Org:
    """An org that is not served (yet).

    `data`: its file, or ":memory:". `metadata`: a Salesforce DX project. `sample`: so many accounts of a sample firm,
    made around `as_of` (default: today by `now`), unless the file holds accounts already. `faults`: in force from the
    start; more can be ordered while it runs. `token`, or `client_id` and `client_secret`, or a JWT signed with the key
    of `public_key` (PEM), log in as the worker. `currencies` (code -> rate; `corporate` is the first unless named),
    `person_accounts` and `individuals`: what the org has for good; None for what the file has, or without. FeatureError
    for one that the file does not have.
    """
    org = Org(
        data=data,
        metadata=metadata,
        credentials=Credentials(client_id=client_id, client_secret=client_secret, token=token, public_key=public_key),
        timezone=timezone,
        now=now,
        switches=switches,
        daily_limit=daily_limit,
        features=features_of(
            data,
            currencies=currencies,
            corporate=corporate,
            person_accounts=person_accounts,
            individuals=individuals,
        ),
    )
    if sample and org.is_empty:
        _fill(org, sample, seed, as_of, progress)
    org.faults.add(*faults)
    return org


def _fill(org: Org, accounts: int, seed: int, as_of: date | None, progress: Progress | None) -> None:
    from .sample import load_sample

    day = as_of or org.now().astimezone(org.timezone).date()
    load_sample(org.store, accounts=accounts, seed=seed, as_of=day, progress=progress)
    org.refresh()
    org.store.analyze()


def serve_in_thread(*, port: int = 0, **options: Unpack[OrgOptions]) -> LocalOrg:
    """Start an org in a thread of this process; see `open_org`. `port` 0 takes a free one."""
    return start(open_org(**options), port)


def run(*, port: int = 0, ready: Callable[[str], None] | None = None, **options: Unpack[OrgOptions]) -> None:
    """Serve until the process is stopped; see `open_org`. `ready` is called with the URL once the port is taken."""
    org = open_org(**options)
    try:
        with listen(port) as listening:
            if ready is not None:
                ready(address(listening))
            serve(org, listening)
    finally:
        org.close()
