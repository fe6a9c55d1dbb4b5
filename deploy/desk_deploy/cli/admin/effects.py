"""`desk effects`, `desk stop-effects`, `desk start-effects`: outbound calls and their kill switches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from desk.http.admin.operation_responses import CallStops, OutboundCall, OutboundCalls
from desk.outbox.call_kind_names import EFFECT_KINDS, VENDOR_KINDS
from desk_deploy.cli.admin.operations import stop_lines
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data, OneService, ServiceName
from desk_deploy.cli.output import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="List, show and retry outbound calls to vendors.")
Identity = Annotated[str, typer.Argument(metavar="ID", help="Id of the call, or the beginning of it.")]
KINDS = ", ".join((*EFFECT_KINDS, *VENDOR_KINDS))
Kind = Annotated[str, typer.Option(help=f"Only calls of this kind: {KINDS}, or KIND/INSTANCE of a vendor.")]
Client = Annotated[str, typer.Option(help="Only calls for this client.")]
COLUMNS = ("id", "service", "kind", "state", "aggregate", "since", "next", "detail")


@app.command("list")
def listed(
    state: Annotated[
        str | None,
        typer.Option(help="planned, sent, done, unknown, failed or superseded; open means planned, sent and unknown."),
    ] = None,
    service: OneService = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List outbound calls by service, open ones first, and the kill switches that are on."""
    with required(data) as desk:
        names = [service] if service else list(ServiceName)
        answers = {s.value: desk.read(f"/{s}/effects", OutboundCalls, state=state) for s in names}
    if as_json:
        show_json(msgspec.to_builtins(answers))
        return
    rows = [{"service": name, **msgspec.to_builtins(call)} for name, answer in answers.items() for call in answer.items]
    show_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
    for line in stop_lines({name: answer.stops for name, answer in answers.items()}):
        say(line)


@app.command("show")
def show(call: Identity, data: Data = DATA, as_json: AsJson = False) -> None:
    """Show one outbound call."""
    with required(data) as desk:
        service, identity = _found(desk, call)
        call_found = desk.read(f"/{service}/effects/{identity}", OutboundCall)
        row = {"service": service, **msgspec.to_builtins(call_found)}
    _rows(row, as_json)


@app.command("retry")
def retry(call: Identity, data: Data = DATA, as_json: AsJson = False) -> None:
    """Make a planned, failed or unknown call now. The vendor is asked first whether it was already made; if the vendor
    cannot answer that, check the record there yourself."""
    with required(data) as desk:
        service, identity = _found(desk, call)
        again = desk.run(f"/{service}/effects/{identity}/retry", OutboundCall)
        row = {"service": service, **msgspec.to_builtins(again)}
    _rows(row, as_json)


def stop(kind: Kind = "", client: Client = "", data: Data = DATA, as_json: AsJson = False) -> None:
    """Stop outbound calls in all services: of a kind, for a client, or all. Stopped calls wait; see `desk status`."""
    _switch("effect-stops", kind, client, data, as_json)


def start(kind: Kind = "", client: Client = "", data: Data = DATA, as_json: AsJson = False) -> None:
    """Lift one stop, given by the same kind and client. Calls that waited too long are superseded, not made."""
    _switch("effect-starts", kind, client, data, as_json)


def _switch(path: str, kind: str, client: str, data: Path, as_json: bool) -> None:
    body = {"kind": kind, "client": client}
    with required(data) as desk:
        answers = {service.value: desk.run(f"/{service}/{path}", CallStops, body).stops for service in ServiceName}
    if as_json:
        show_json(msgspec.to_builtins(answers))
        return
    rows = [(name, stop.kind or "all", stop.client or "all") for name, s in answers.items() for stop in s]
    show_table(("stopped in", "kind", "client"), rows)


def _found(desk: Desk, call: str) -> tuple[str, str]:
    rows = [
        (s.value, str(row.id))
        for s in ServiceName
        for row in desk.read(f"/{s}/effects", OutboundCalls, beginning=call).items
    ]
    found = [row for row in rows if row[1].startswith(call.lower())]
    if len(found) != 1:
        number = "no outbound call has" if not found else "several outbound calls have"
        raise Failure(f"{number} an id that begins with {call!r}: see `desk effects list`")
    return found[0]


def _rows(row: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        show_json(row)
    else:
        show_table(("field", "value"), row.items())
