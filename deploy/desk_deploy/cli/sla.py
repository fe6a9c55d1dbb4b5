"""`desk explain` and `desk sla`: explain clocks, list breaches and due clocks, compare policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from desk.http.reads.page import Page
from desk_deploy.cli import calendars
from desk_deploy.cli.client import Desk
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, AsJson, Data, Database
from desk_deploy.cli.output import counted, fields_of, say, show_json, show_table, warn_unreadable
from desk_deploy.cli.pictures import Svg, written

if TYPE_CHECKING:
    from desk_sla.responses import AttainedByGroup, WhatIfAnswer

app = typer.Typer(no_args_is_help=True, help="List breaches and due clocks, compare policies, print calendars.")
TimeEntry = Annotated[
    str | None, typer.Option("--entry", metavar="ID", help="Explain the rating of this time entry instead.")
]
Policy = Annotated[str, typer.Option(metavar="FILE|ID", help="File with a policy document, or id of a policy.")]
DIFFERING = 20
BREACHES = {
    "source_record": "record",
    "client": "client",
    "clock": "clock",
    "cycle": "cycle",
    "breached_at": "breached at",
    "age": "age",
    "code": "reason",
    "owner": "owner",
}
"""Fields of a breach with the titles of their columns."""
DUE = {
    "source_record": "record",
    "client": "client",
    "priority": "priority",
    "queue": "queue",
    "clock": "clock",
    "state": "state",
    "due": "due",
    "left": "time left",
}
"""Fields of a due clock with the titles of their columns."""
SECONDS = ("age", "left")


app.command("calendar")(calendars.calendar)


def explain(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="Ticket id, or its number in the source.")],
    clock: Annotated[str | None, typer.Option(help="Clock, e.g. resolution. Default: all clocks.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Explain as of this time. Default: now.")] = None,
    svg: Svg = None,
    entry: TimeEntry = None,
    data: Data = DATA,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Explain the SLA clocks of a ticket: policy, calendar, running and paused time, due time, verdict. --entry: the
    rating of a time entry: how it was cut, the rule that decided and those that did not, rate, rounding and amount.
    """
    from desk_deploy.cli.ticket_reference import ticket_of
    from desk_deploy.cli.tickets import parsed

    query = {"clock": clock, "at": parsed("--at", at)}
    with readable(data, database) as desk:
        if entry is not None:
            _explain_entry(desk, ticket, entry, as_json)
            return
        path = f"/sla/tickets/{ticket_of(desk, 'sla', ticket)}/explain"
        if svg is not None:
            written(svg, desk.text(f"{path}.svg", **query))
            return
        if as_json:
            show_json(desk.get(path, **query))
            return
        for line in desk.text(path, **query, format="text").splitlines():
            say(line)


def _explain_entry(desk: Desk, ticket: str, entry: str, as_json: bool) -> None:
    from desk_deploy.cli.ticket_reference import ticket_of

    path, query = f"/billing/tickets/{ticket_of(desk, 'billing', ticket)}/explain", {"entry": entry}
    if as_json:
        show_json(desk.get(path, **query))
        return
    for line in desk.text(path, **query, format="text").splitlines():
        say(line)


@app.command("breaches")
def breaches(
    open_only: Annotated[bool, typer.Option("--unexplained", help="Only breaches without a reason code.")] = False,
    client: Annotated[str | None, typer.Option(help="Only this client.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Breaches of imported history instead.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List breaches that were not retracted, the oldest first, with their age."""
    from desk_sla.responses import AgedBreach

    query = {"client": client, "explained": "false" if open_only else None, "history": "true" if history else None}
    with readable(data) as desk:
        rows = list(desk.pages("/sla/breaches", Page[AgedBreach], **query))
    _listed(rows, BREACHES, as_json)


@app.command("due")
def due(
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List running clocks by due time, with the time left by the wall clock; paused clocks last."""
    from desk_sla.responses import DueClockLeft

    with readable(data) as desk:
        rows = list(desk.pages("/sla/due", Page[DueClockLeft], queue=queue))
    _listed(rows, DUE, as_json)


@app.command("what-if")
def what_if(
    policy: Policy,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Only tickets opened from then.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Only tickets opened before then.")] = None,
    data: Data = DATA,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Compute attainment under another policy next to the recorded one, and list the differences. Changes nothing."""
    from desk_deploy.cli.tickets import parsed
    from desk_sla.responses import WhatIfAnswer

    body: dict[str, object] = {"policy": _policy(policy)}
    body |= {name: parsed(f"--{name}", time) for name, time in (("from", start), ("to", end)) if time}
    with readable(data, database) as desk:
        answer = desk.run("/sla/what-if", WhatIfAnswer, body)
    if as_json:
        show_json(answer)
    else:
        _show_what_if(answer)


def _show_what_if(answer: WhatIfAnswer) -> None:
    """Print attainment by group, then the first differing clocks."""
    policy, figures = answer.policy, ("met", "breached")
    headers = ("client", "priority", "clock", "recorded %", *figures, f"{policy} %", *figures)
    show_table(headers, [_group(group) for group in answer.groups])
    say(f"{counted(answer.tickets, 'ticket')}; the verdict differs for {counted(answer.differ, 'clock')}")
    for problem in answer.unreadable or ():
        warn_unreadable(problem)
    if answer.differing:
        fields = ("source_record", "clock", "cycle", "recorded", "what_if", "why")
        titles = ("record", "clock", "cycle", "recorded", policy, "reason")
        show_table(titles, [[getattr(one, field) for field in fields] for one in answer.differing[:DIFFERING]])


def exported(desk: Desk, policy: str | None) -> AbstractContextManager[Iterator[bytes]]:
    """Stream the lines of `desk export sla`."""
    if policy is None:
        return desk.lines("/sla/exports/sla")
    return desk.answered("/sla/exports/sla", {"policy": _policy(policy)})


def _policy(given: str) -> str | dict[str, object]:
    from desk_deploy.cli.policies import document

    file = Path(given)
    return document(file) if file.suffix or file.exists() else given


def _group(group: AttainedByGroup) -> list[object]:
    figures = [
        figure for side in (group.recorded, group.what_if) for figure in (side.attainment, side.met, side.breached)
    ]
    return [group.client, group.priority, group.clock, *figures]


def _listed(records: Sequence[msgspec.Struct], columns: dict[str, str], as_json: bool) -> None:
    if as_json:
        show_json(records)
        return
    rows = map(fields_of, records)
    show_table(tuple(columns.values()), [[_cell(field, row[field]) for field in columns] for row in rows])


def _cell(field: str, value: object) -> object:
    """Seconds as a duration, e.g. `1h14m26s`; other values unchanged."""
    from desk.calendars.times import duration

    return duration(value) if field in SECONDS and isinstance(value, int) else value
