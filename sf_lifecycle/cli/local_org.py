"""`org serve`: a Salesforce-compatible org on this machine, to try things in."""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
import zoneinfo
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from sf_lifecycle.cli import local_org_options as options
from sf_lifecycle.cli.output import progress, say, stdout
from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.localorg import Fault, LocalOrg, OrgOptions

DEFAULT_CLIENT_ID = "local-worker"
# Opens nothing but a server on this machine's own loopback address, whose data is made up.
DEFAULT_CLIENT_SECRET = "local-secret"  # noqa: S105

app = typer.Typer(no_args_is_help=True, help="An org of your own on this machine.")


@app.callback()
def _group() -> None:
    """An org of your own on this machine."""


@app.command()
def serve(
    port: options.Port = 8890,
    data: options.Data = "var/org.db",
    metadata: options.Metadata = None,
    sample: options.Sample = None,
    seed: options.Seed = 1,
    as_of: options.AsOf = None,
    timezone: options.Timezone = "Europe/Amsterdam",
    client_id: options.ClientId = DEFAULT_CLIENT_ID,
    client_secret: options.ClientSecret = DEFAULT_CLIENT_SECRET,
    token: options.Token = None,
    public_key: options.PublicKey = None,
    fault: options.Faults = None,
    currency: options.Currencies = None,
    person_accounts: options.PersonAccounts = None,
    individuals: options.Individuals = None,
) -> None:
    """Serve a local org until interrupted. Its login is that of a least-privileged user; people have tokens."""
    if timezone not in zoneinfo.available_timezones():
        raise UsageError(f"there is no time zone {timezone}; {nearest(timezone, zoneinfo.available_timezones())}")
    day = as_of.date() if as_of else dt.datetime.now(zoneinfo.ZoneInfo(timezone)).date()
    wanted: OrgOptions = {
        "data": data,
        "metadata": _metadata(metadata),
        "sample": sample,
        "seed": seed,
        "as_of": day,
        "token": token,
        "public_key": None if public_key is None else _public_key(public_key),
        "client_id": client_id,
        "client_secret": client_secret,
        "timezone": timezone,
        "faults": [_fault(text) for text in fault or ()],
        "currencies": _currencies(currency),
        "person_accounts": person_accounts,
        "individuals": individuals,
    }
    org = _start(port, data, wanted)
    stop = _stop_on_signal()
    with org:
        _announce(org.url, org.org_id, client_id, client_secret)
        say_administrator(org)
        stop.wait()
    say("The local org has stopped.")


def _start(port: int, data: str, wanted: OrgOptions) -> LocalOrg:
    # Imported here: the server takes a while to load, and most commands do without.
    from sf_lifecycle.localorg import FeatureError, serve_in_thread
    from sf_lifecycle.localorg.sfdx import MetadataError

    try:
        if data != options.MEMORY:
            Path(data).parent.mkdir(parents=True, exist_ok=True)
        with progress() as tick:
            wanted["progress"] = lambda done, total: tick("Sample firm", done, total)
            return serve_in_thread(port=port, **wanted)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"the local org cannot be served at port {port} from {data}: {reason}") from error
    except MetadataError as error:
        raise UsageError(f"the metadata cannot be used: {error}") from error
    except FeatureError as error:
        raise UsageError(str(error)) from error


def _currencies(given: list[str] | None) -> dict[str, str | Decimal] | None:
    """Code -> rate, in the order given."""
    if given is None:
        return None
    found: dict[str, str | Decimal] = {}
    for text in given:
        code, _, rate = text.partition("=")
        if not rate or code in found:
            raise UsageError(f"--currency {text}: expected one code and its rate, such as PLN=4.3, once for each")
        found[code] = rate
    return found


def _fault(text: str) -> Fault:
    from sf_lifecycle.localorg import fault_from_json

    try:
        data = json.loads(text)
        if not isinstance(data, dict):
            raise TypeError("an object is expected")
        return fault_from_json(data)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--fault {text} is no fault: {error}; docs/guide/local-org.md lists them") from error


def _public_key(file: Path) -> str:
    """The text of a PEM file, once it is known to hold a certificate or a public key."""
    # Imported here: most commands do without.
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        pem = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    for load in (load_pem_x509_certificate, load_pem_public_key):
        try:
            load(pem)
        except ValueError:
            continue
        return pem.decode()
    raise UsageError(
        f"{file} is no certificate or public key in PEM; make one with "
        "`openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=worker`"
    )


def _metadata(given: Path | None) -> Path:
    if given is not None:
        if not given.is_dir():
            raise UsageError(f"there is no folder {given}; name an SFDX project")
        return given
    local = Path("salesforce")
    return local if local.is_dir() else shipped_root() / "salesforce"


def _announce(url: str, org_id: str, client_id: str, client_secret: str) -> None:
    say("Local org ", (org_id, "bold"), " at ", (url, "bold"), "; Ctrl-C stops it. To use it, in config.toml:")
    lines = (
        "",
        "[salesforce]",
        f'instance_url  = "{url}"',
        'kind          = "local"',
        f'org_id        = "{org_id}"',
        'login         = "client_credentials"',
        f'client_id     = "{client_id}"',
        f'client_secret = "{client_secret}"',
        "",
    )
    say("\n".join(lines))


def say_administrator(org: LocalOrg) -> None:
    """The administrator's token: the worker's own login does nothing that people do."""
    say("To answer Tasks as a rep would, and what else people do (docs/guide/local-org.md), the administrator's token:")
    say(f"ADMIN='{org.admin_token}'")
    stdout().file.flush()


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return stop
