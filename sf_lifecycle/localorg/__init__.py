"""A Salesforce-compatible org on loopback, for first runs, rehearsals and tests.

It shares no code with the rest of the package and knows Salesforce from its documents only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from .clock import utc_now
from .fault import Fault, fault_from_json
from .org import Org, Switches
from .serving import LocalOrg, address, listen, serve, start
from .sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Credentials

__all__ = [
    "Credentials",
    "Fault",
    "LocalOrg",
    "Org",
    "Switches",
    "fault_from_json",
    "open_org",
    "run",
    "serve_in_thread",
]

DEFAULT_SEED = 1
Progress = Callable[[int, int], None]


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
) -> Org:
    """An org that is not served (yet).

    `data`: its file, or ":memory:". `metadata`: a Salesforce DX project. `sample`: so many accounts of a sample firm,
    made around `as_of` (default: today by `now`), unless the file holds accounts already. `faults`: in force from the
    start; more can be ordered while it runs. `token`, or `client_id` and `client_secret`, or a JWT signed with the key
    of `public_key` (PEM), log in as the worker.
    """
    org = Org(
        data=data,
        metadata=metadata,
        credentials=Credentials(client_id=client_id, client_secret=client_secret, token=token, public_key=public_key),
        timezone=timezone,
        now=now,
        switches=switches,
        daily_limit=daily_limit,
    )
    if sample and org.is_empty:
        from .sample import load_sample

        day = as_of or now().astimezone(org.timezone).date()
        load_sample(org.store, accounts=sample, seed=seed, as_of=day, progress=progress)
        org.refresh()
        org.store.analyze()
    org.faults.add(*faults)
    return org


def serve_in_thread(
    *,
    port: int = 0,
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
) -> LocalOrg:
    """Start an org in a thread of this process; see `open_org`. `port` 0 takes a free one."""
    org = open_org(
        data=data,
        metadata=metadata,
        sample=sample,
        seed=seed,
        as_of=as_of,
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        public_key=public_key,
        timezone=timezone,
        now=now,
        switches=switches,
        daily_limit=daily_limit,
        faults=faults,
        progress=progress,
    )
    return start(org, port)


def run(
    *,
    port: int = 0,
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
    faults: Sequence[Fault] = (),
    progress: Progress | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until the process is stopped; see `open_org`. `ready` is called with the URL once the port is taken."""
    org = open_org(
        data=data,
        metadata=metadata,
        sample=sample,
        seed=seed,
        as_of=as_of,
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        public_key=public_key,
        timezone=timezone,
        faults=faults,
        progress=progress,
    )
    try:
        with listen(port) as listening:
            if ready is not None:
                ready(address(listening))
            serve(org, listening)
    finally:
        org.close()
