"""Operators' commands: how the desk stands, what is parked, which calls wait, repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import typer

from desk.http.admin.operation_responses import ParkedFacts, ParkedFactWithBytes, ParkedRetried, ParkedSkipped
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data, OneService, ServiceName
from desk_deploy.cli.output import say, show_json, show_table

Reference = Annotated[str, typer.Argument(metavar="SERVICE:NUMBER", help="As `desk parked list` shows it.")]
parked = typer.Typer(no_args_is_help=True, help="Facts that cannot be handled and wait, in order, per ticket.")


def status(data: Data = DATA, as_json: AsJson = False) -> None:
    """How every service stands: facts, lag, parked facts, calls to the outside and what is stopped."""
    with required(data) as desk:
        found = [desk.get(f"/{service}/status") for service in ServiceName]
    if as_json:
        show_json(found)
        return
    numbers = ("service", "own", "heard", "lag", "parked", "oldest parked")
    show_table((*numbers, "calls to the outside", "keys missing", "at rest"), [_status_rows(row) for row in found])
    for line in stop_lines({row["service"]: row["stops"] for row in found}):
        say(line)
    for row in found:
        for fact in row.get("policies_refused", ()):
            say(
                f"{row['service']}: policy {fact['policy']}: fact {fact['owner']} {fact['ownerseq']} is not understood"
                f" ({fact['error']}); what was in force before it stays in force. Publish a new version."
            )
    for state in (state for row in found for state in row.get("write_back", ())):
        say("")
        say(state["says"])
        for place, level in state["exceptions"].items():
            say(f"  {place}: {level}")
    for instance in (one for row in found for one in row.get("psa", ())):
        _show_feeds(instance)


def _show_feeds(instance: dict[str, Any]) -> None:
    """Each feed of a PSA with the age of its last whole turn, then the records that cannot be read."""
    say("")
    columns = (f"feed of {instance['instance']}", "last whole turn", "state", "fails since", "because")
    show_table(columns, [_feed(row) for row in instance["feeds"]])
    if instance["unreadable"]:
        say(f"{instance['unreadable']} records cannot be read and are tried again:")
        rows = [(row["kind"], row["record"], row["problem"], row["since"]) for row in instance["records"]]
        show_table(("type", "record", "because", "since"), rows)


def _feed(row: dict[str, Any]) -> tuple[object, ...]:
    turned = f"{row['age']:.0f} s ago" if row["turned"] else "never"
    overdue = row["limit"] is not None and row["age"] > row["limit"]
    state = "overdue" if overdue else "fails" if row["failing"] else "ok"
    because = " ".join(str(part) for part in (row["operation"], row["problem"]) if part)
    return row["feed"], turned, state, row["failing"], because


def _status_rows(row: dict[str, Any]) -> tuple[object, ...]:
    calls = ", ".join(f"{kind} {state} {n}" for kind, by in row["effects"].items() for state, n in by.items())
    still = row["open_calls"]
    rest = "yes" if row["at_rest"] else f"no: {still} calls open" if still else "no"
    return (*(row[k] for k in ("service", "own", "heard")), sum(row["lag"].values()), row["parked"],
            row["oldest_parked"], calls, row["keys"]["missing"], rest)  # fmt: skip


def stop_lines(stops: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    """One line for each stop; services with the same one share it."""
    services: dict[tuple[str, str], list[str]] = {}
    for service, found in stops.items():
        for stop in found:
            services.setdefault((stop["kind"], stop["client"]), []).append(service)
    return [
        f"stopped: kind {kind or 'all'}, client {client or 'all'}, in {', '.join(names)}"
        for (kind, client), names in services.items()
    ]


@parked.command("list")
def parked_list(service: OneService = None, data: Data = DATA, as_json: AsJson = False) -> None:
    """What is parked, oldest first, by service."""
    with required(data) as desk:
        names = [service] if service else list(ServiceName)
        found = [(s.value, row) for s in names for row in desk.read(f"/{s}/parked", ParkedFacts).items]
    if as_json:
        show_json([{"service": name, **msgspec.to_builtins(row)} for name, row in found])
        return
    columns = ("fact", "aggregate", "cause", "since", "detail")
    rows = [(f"{name}:{r.number}", r.aggregate, r.cause, r.parked.isoformat(), r.detail) for name, r in found]
    show_table(columns, rows)


@parked.command("show")
def parked_show(fact: Reference, data: Data = DATA, as_json: AsJson = False) -> None:
    """One parked fact with its bytes."""
    service, number = _split(fact)
    with required(data) as desk:
        row = msgspec.to_builtins(desk.read(f"/{service}/parked/{number}", ParkedFactWithBytes))
    if as_json:
        show_json(row)
    else:
        show_table(("field", "value"), row.items())


@parked.command("retry")
def parked_retry(fact: Reference, data: Data = DATA, as_json: AsJson = False) -> None:
    """Take its ticket up again from this fact on."""
    service, number = _split(fact)
    with required(data) as desk:
        answer = desk.run(f"/{service}/parked/{number}/retry", ParkedRetried)
    _described(msgspec.to_builtins(answer), as_json, f"{answer.applied} applied, {answer.still_parked} still parked")


@parked.command("skip")
def parked_skip(
    fact: Reference,
    reason: Annotated[str, typer.Option(help="Why it may be left out; kept for ever.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Leave a fact out for ever. The ticket is incomplete in that service afterwards."""
    service, number = _split(fact)
    with required(data) as desk:
        answer = desk.run(f"/{service}/parked/{number}/skip", ParkedSkipped, {"reason": reason})
    _described(msgspec.to_builtins(answer), as_json, f"skipped; tombstone {answer.tombstone}")


def rebuild(
    view: Annotated[str, typer.Argument(help="Name of a read model, e.g. tickets.")],
    service: OneService = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Fill a read model again from all facts, in one service or in all that have it."""
    done: dict[str, int] = {}
    refused = Failure(f"no service has a view {view!r}")
    with required(data) as desk:
        for name in [service] if service else list(ServiceName):
            try:
                done[name.value] = desk.post(f"/{name}/views/{view}/rebuild")["facts"]
            except Failure as error:
                if error.code != "invalid_field":
                    raise
                refused = error
    if not done:
        raise refused
    _described(done, as_json, "; ".join(f"{name}: {facts:,} facts" for name, facts in done.items()))


def reconcile(
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="Only this ticket.")] = None,
    release: Annotated[bool, typer.Option("--release", help="Write to its record again after a to and fro.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Compare with the PSA now: what no callback told is read. Never fights: differences are shown."""
    from desk_deploy.cli.ticket_reference import ticket_of

    if release and not ticket:
        raise Failure("--release needs --ticket: one record is released at a time")
    with required(data) as desk:
        body = {"ticket": ticket_of(desk, "intake", ticket), "release": release} if ticket else {}
        answer = desk.post("/intake/reconcile", body)
    if as_json:
        show_json(answer)
    else:
        show_table(("what", "value"), answer.items())


def _split(reference: str) -> tuple[str, int]:
    service, _, number = reference.partition(":")
    if service not in list(ServiceName) or not number.isdecimal():
        raise Failure(f"{reference!r} is no parked fact: give SERVICE:NUMBER as `desk parked list` shows it")
    return service, int(number)


def _described(answer: Any, as_json: bool, text: str) -> None:
    if as_json:
        show_json(answer)
    else:
        say(text)
