"""`desk explain`, `desk sla`: why a clock stands where it stands, what is breached, what is due, what would be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from desk_deploy.cli import calendars
from desk_deploy.cli.client import Desk
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, AsJson, Data, Database
from desk_deploy.cli.output import say, show_json, show_table, warn_unreadable
from desk_deploy.cli.pictures import Svg, written

app = typer.Typer(no_args_is_help=True, help="Service levels: breaches, what is due, what another policy would say.")
Policy = Annotated[str, typer.Option(metavar="FILE|ID", help="A policy document, or the id of a policy.")]
DIFFERING = 20


app.command("calendar")(calendars.calendar)


def explain(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="Its id, or the number in its source.")],
    clock: Annotated[str | None, typer.Option(help="e.g. resolution; all clocks when left out.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="As of then; now when left out.")] = None,
    svg: Svg = None,
    data: Data = DATA,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Which policy, which calendar, every running and paused stretch, the arithmetic to the due time, the verdict."""
    from desk_deploy.cli.ticket_reference import ticket_of
    from desk_deploy.cli.tickets import parsed

    with readable(data, database) as desk:
        path = f"/sla/tickets/{ticket_of(desk, 'sla', ticket)}/explain"
        query = {"clock": clock, "at": parsed(at) if at else None}
        if svg is not None:
            written(svg, desk.text(f"{path}.svg", **query))
            return
        if as_json:
            show_json(desk.get(path, **query))
            return
        for line in desk.text(path, **query, format="text").splitlines():
            say(line)


@app.command("breaches")
def breaches(
    open_only: Annotated[bool, typer.Option("--unexplained", help="Only those without a reason code.")] = False,
    client: Annotated[str | None, typer.Option(help="Of one client.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Those of imported history instead.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """The coordinator's queue: breaches that stand, the oldest first."""
    query = {"client": client, "explained": "false" if open_only else None, "history": "true" if history else None}
    with readable(data) as desk:
        rows = list(desk.pages("/sla/breaches", **query))
    _listed(rows, ("source_record", "client", "clock", "cycle", "breached_at", "age", "code", "owner"), as_json)


@app.command("due")
def due(
    queue: Annotated[str | None, typer.Option(help="Of one queue.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Running clocks, the next to breach first; seconds left of the wall clock."""
    with readable(data) as desk:
        rows = list(desk.pages("/sla/due", queue=queue))
    _listed(rows, ("source_record", "client", "priority", "queue", "clock", "state", "due", "left"), as_json)


@app.command("what-if")
def what_if(
    policy: Policy,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Tickets opened from then on.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Tickets opened before then.")] = None,
    data: Data = DATA,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Attainment under another policy beside the recorded one, and the tickets that differ. Nothing is changed."""
    from desk_deploy.cli.tickets import parsed

    body: dict[str, Any] = {"policy": _policy(policy)}
    body |= {name: parsed(time) for name, time in (("from", start), ("to", end)) if time}
    with readable(data, database) as desk:
        answer = desk.post("/sla/what-if", body)
    if as_json:
        show_json(answer)
        return
    shown = ("client", "priority", "clock", "recorded %", "met", "breached", f"{answer['policy']} %", "met", "breached")
    show_table(shown, [_group(group) for group in answer["groups"]])
    say(f"{answer['tickets']} tickets, {answer['differ']} clocks differ")
    for problem in answer.get("unreadable", ()):
        warn_unreadable(problem)
    columns = ("source_record", "clock", "cycle", "recorded", "what_if", "why")
    if answer["differing"]:
        show_table(columns, [[one[c] for c in columns] for one in answer["differing"][:DIFFERING]])


def exported(desk: Desk, policy: str | None) -> AbstractContextManager[Iterator[bytes]]:
    """The lines of `desk export sla`."""
    if policy is None:
        return desk.lines("/sla/exports/sla")
    return desk.answered("/sla/exports/sla", {"policy": _policy(policy)})


def _policy(given: str) -> str | dict[str, Any]:
    from desk_deploy.cli.policies import document

    file = Path(given)
    return document(file) if file.suffix or file.exists() else given


def _group(group: dict[str, Any]) -> list[object]:
    sides = (group["recorded"], group["what_if"])
    figures = [side[key] for side in sides for key in ("attainment", "met", "breached")]
    return [group["client"], group["priority"], group["clock"], *figures]


def _listed(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        show_json(rows)
    else:
        show_table(columns, [[row[column] for column in columns] for row in rows])
