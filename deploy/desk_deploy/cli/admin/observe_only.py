"""`desk would-write` and `desk would-refuse`: writes and refusals withheld while the desk only observes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from desk.http.reads.page import Page
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import counted, moment, say, show_json, show_table

if TYPE_CHECKING:
    from desk_intake.responses import WithheldCall

Client = Annotated[str | None, typer.Option(help="Only this client.")]
LONGEST = 3660


def would_write(
    client: Client = None,
    board: Annotated[str | None, typer.Option(help="Only this board, by its id in the PSA.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of rows, the newest first.")] = 50,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List writes to the PSA that policy write-back withheld, the newest first."""
    from desk_intake.responses import WithheldCall

    with readable(data) as desk:
        found = list(islice(desk.pages("/intake/would-write", Page[WithheldCall], client=client, board=board), limit))
    if as_json:
        show_json(found)
        return
    columns = ("time", "ticket", "record", "board", "client", "withheld write", "reason")
    rows = [(moment(row.at), row.ticket_id, row.record, row.board, row.client, _what(row), row.why) for row in found]
    show_table(columns, rows)


def would_refuse(
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="Length of the window in days, up to now.")] = 30,
    client: Client = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Count resolutions and closures in the PSA with open gates, by gate, client and technician."""
    from desk_triage.responses import WouldRefuse

    with readable(data) as desk:
        found = desk.read("/triage/would-refuse", WouldRefuse, days=days, client=client)
    if as_json:
        show_json(found)
        return
    ends = counted(found.ends, "resolution or closure", "resolutions or closures")
    say(
        f"last {counted(found.days, 'day')}: {ends} in the PSA with open gates ({counted(found.refusals, 'open gate')})"
    )
    for title, by in (("gate", found.by_gate), ("client", found.by_client), ("technician", found.by_technician)):
        if by:
            say("")
            show_table((title, "open gates"), by.items())


def _what(row: WithheldCall) -> str:
    from desk_intake.responses import WithheldContent

    what = msgspec.convert(row.what, WithheldContent)
    if what.fields is not None:
        fields = (f"{name} = {value}" if value is not None else name for name, value in what.fields.items())
        return "write " + ", ".join(fields)
    if what.note is not None:
        message = f" {what.message}" if what.message else ""
        return f"{what.note} note ({what.of}{message})"
    return "create the record" if row.kind == "psa-create" else row.kind
