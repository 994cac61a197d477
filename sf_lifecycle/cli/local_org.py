"""`org serve`: a Salesforce-compatible org on this machine, to try things in."""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
import zoneinfo
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.output import progress, say, stdout
from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.localorg import Fault

MEMORY = ":memory:"
DEFAULT_CLIENT_ID = "local-worker"
# Opens nothing but a server on this machine's own loopback address, whose data is made up.
DEFAULT_CLIENT_SECRET = "local-secret"  # noqa: S105

app = typer.Typer(no_args_is_help=True, help="An org of your own on this machine.")


@app.callback()
def _group() -> None:
    """An org of your own on this machine."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8890,
    data: Annotated[
        str, typer.Option(metavar="FILE", help=f"Where the org's records are kept; {MEMORY} forgets them at the end.")
    ] = "var/org.db",
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="SFDX project with the custom fields; ./salesforce, else the shipped one."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Fill an empty org with a sample firm of N accounts.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another sample firm.")] = 1,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="The sample firm's today; the day it is."),
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="The org's time zone.")] = "Europe/Amsterdam",
    client_id: Annotated[str, typer.Option(metavar="ID", help="For login client_credentials.")] = DEFAULT_CLIENT_ID,
    client_secret: Annotated[str, typer.Option(metavar="SECRET", help="Its secret.")] = DEFAULT_CLIENT_SECRET,
    token: Annotated[str | None, typer.Option(metavar="TOKEN", help="For login access_token.")] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For login jwt: PEM of the certificate or public key that signs."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JSON",
            help='What is to go wrong, such as {"kind": "lost_reply", "object": "Task"}; may be given again. '
            "docs/guide/local-org.md lists the kinds.",
        ),
    ] = None,
) -> None:
    """Serve a local org until interrupted. Every login is that of a least-privileged user."""
    # Imported here: the server takes a while to load, and most commands do without.
    from sf_lifecycle.localorg import serve_in_thread
    from sf_lifecycle.localorg.sfdx import MetadataError

    faults = [_fault(text) for text in fault or ()]

    if timezone not in zoneinfo.available_timezones():
        raise UsageError(f"there is no time zone {timezone}; {nearest(timezone, zoneinfo.available_timezones())}")
    key = None if public_key is None else _public_key(public_key)
    day = as_of.date() if as_of else dt.datetime.now(zoneinfo.ZoneInfo(timezone)).date()
    try:
        if data != MEMORY:
            Path(data).parent.mkdir(parents=True, exist_ok=True)
        with progress() as tick:
            org = serve_in_thread(
                port=port,
                data=data,
                metadata=_metadata(metadata),
                sample=sample,
                seed=seed,
                as_of=day,
                token=token,
                public_key=key,
                client_id=client_id,
                client_secret=client_secret,
                timezone=timezone,
                faults=faults,
                progress=lambda done, total: tick("Sample firm", done, total),
            )
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"the local org cannot be served at port {port} from {data}: {reason}") from error
    except MetadataError as error:
        raise UsageError(f"the metadata cannot be used: {error}") from error
    stop = _stop_on_signal()
    with org:
        _announce(org.url, org.org_id, client_id, client_secret)
        stop.wait()
    say("The local org has stopped.")


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
    stdout().file.flush()


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return stop
