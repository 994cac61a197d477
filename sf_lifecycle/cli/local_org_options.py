"""The options of `org serve`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

MEMORY = ":memory:"

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]
Data = Annotated[
    str, typer.Option(metavar="FILE", help=f"Where the org's records are kept; {MEMORY} forgets them at the end.")
]
Metadata = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="SFDX project with the custom fields; ./salesforce, else the shipped one."),
]
Sample = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Fill an empty org with a sample firm of N accounts.")
]
Seed = Annotated[int, typer.Option(help="Another seed makes another sample firm.")]
AsOf = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="The sample firm's today; the day it is."),
]
Timezone = Annotated[str, typer.Option(metavar="ZONE", help="The org's time zone.")]
ClientId = Annotated[str, typer.Option(metavar="ID", help="For login client_credentials.")]
ClientSecret = Annotated[str, typer.Option(metavar="SECRET", help="Its secret.")]
Token = Annotated[str | None, typer.Option(metavar="TOKEN", help="For login access_token.")]
PublicKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For login jwt: PEM of the certificate or public key that signs."),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        metavar="JSON",
        help='What is to go wrong, such as {"kind": "lost_reply", "object": "Task"}; may be given again. '
        "docs/guide/local-org.md lists the kinds.",
    ),
]
Currencies = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE=RATE",
        help="A currency of the org, such as EUR=1 and then PLN=4.3; may be given again. The first is the corporate "
        "one. Held by the data file for good.",
    ),
]
PersonAccounts = Annotated[
    bool | None, typer.Option(help="Accounts may be one person. Held by the data file for good.")
]
Individuals = Annotated[
    bool | None,
    typer.Option(help="Records have data protection details (Individual). Held by the data file for good."),
]
