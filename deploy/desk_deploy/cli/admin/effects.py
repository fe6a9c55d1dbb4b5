"""`desk effects`, `desk stop-effects`, `desk start-effects`: calls to the outside world."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from desk.outbox.call_kinds import EFFECT_KINDS
from desk_deploy.cli.admin.operations import stop_lines
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data, OneService, ServiceName
from desk_deploy.cli.output import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Calls to the outside world: planned, sent, done, unknown, failed.")
Identity = Annotated[str, typer.Argument(metavar="ID", help="The call's id, or its beginning.")]
Kind = Annotated[str, typer.Option(help=f"Only calls of this kind: {', '.join(EFFECT_KINDS)}.")]
Client = Annotated[str, typer.Option(help="Only calls for this client.")]
COLUMNS = ("id", "service", "kind", "state", "aggregate", "since", "next", "detail")


@app.command("list")
def listed(
    state: Annotated[
        str | None,
        typer.Option(help="planned, sent, done, unknown, failed, superseded, or open: the first two and unknown."),
    ] = None,
    service: OneService = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Calls by service, open ones first, and what is stopped."""
    with required(data) as desk:
        answers = {s.value: desk.get(f"/{s}/effects", state=state) for s in ([service] if service else ServiceName)}
    if as_json:
        show_json(answers)
        return
    rows = [{"service": name, **row} for name, answer in answers.items() for row in answer["items"]]
    show_table(COLUMNS, [[row.get(column) for column in COLUMNS] for row in rows])
    for line in stop_lines({name: answer["stops"] for name, answer in answers.items()}):
        say(line)


@app.command("show")
def show(call: Identity, data: Data = DATA, as_json: AsJson = False) -> None:
    """One call."""
    with required(data) as desk:
        service, identity = _found(desk, call)
        row = {"service": service, **desk.get(f"/{service}/effects/{identity}")}
    _rows(row, as_json)


@app.command("retry")
def retry(call: Identity, data: Data = DATA, as_json: AsJson = False) -> None:
    """Let a planned, failed or unknown call go out now. The vendor is asked first whether it has happened; where it
    cannot tell, look yourself."""
    with required(data) as desk:
        service, identity = _found(desk, call)
        row = {"service": service, **desk.post(f"/{service}/effects/{identity}/retry")}
    _rows(row, as_json)


def stop(kind: Kind = "", client: Client = "", data: Data = DATA, as_json: AsJson = False) -> None:
    """Let no call go out, in any service: of a kind, for a client, or at all. They wait, and `desk status` says so."""
    _switch("effect-stops", kind, client, data, as_json)


def start(kind: Kind = "", client: Client = "", data: Data = DATA, as_json: AsJson = False) -> None:
    """Take exactly that stop back. What waited too long is superseded, not sent."""
    _switch("effect-starts", kind, client, data, as_json)


def _switch(path: str, kind: str, client: str, data: Any, as_json: bool) -> None:
    body = {"kind": kind, "client": client}
    with required(data) as desk:
        answers = {service.value: desk.post(f"/{service}/{path}", body)["stops"] for service in ServiceName}
    if as_json:
        show_json(answers)
        return
    rows = [(name, stop.get("kind") or "all", stop.get("client") or "all") for name, s in answers.items() for stop in s]
    show_table(("stopped in", "kind", "client"), rows)


def _found(desk: Desk, call: str) -> tuple[str, str]:
    rows = [
        (s.value, str(row["id"])) for s in ServiceName for row in desk.get(f"/{s}/effects", beginning=call)["items"]
    ]
    found = [row for row in rows if row[1].startswith(call.lower())]
    if len(found) != 1:
        what = "no call" if not found else "several calls"
        raise Failure(f"{what} with an id that begins with {call!r}: see `desk effects list`")
    return found[0]


def _rows(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(row)
    else:
        show_table(("field", "value"), row.items())
