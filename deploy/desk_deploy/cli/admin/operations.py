"""Operators' commands: status, parked facts, rebuilding read models, reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import typer

from desk.http.admin.operation_responses import CallStop, ParkedFacts, ParkedFactWithBytes, ParkedRetried, ParkedSkipped
from desk.http.admin.status_responses import Feed, InstanceFeeds, ServiceStatus, ViewRebuilt
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data, OneService, ServiceName
from desk_deploy.cli.output import counted, fields_of, moment, say, show_json, show_table

Reference = Annotated[str, typer.Argument(metavar="SERVICE:NUMBER", help="Reference from `desk parked list`.")]
parked = typer.Typer(no_args_is_help=True, help="List, show, retry and skip parked facts.")


def status(data: Data = DATA, as_json: AsJson = False) -> None:
    """Show the status of every service: facts, lag, parked facts, outbound calls and kill switches."""
    with required(data) as desk:
        found = [desk.read(f"/{service}/status", ServiceStatus) for service in ServiceName]
    if as_json:
        show_json(found)
        return
    numbers = ("service", "own facts", "replicated facts", "facts behind", "parked facts", "oldest parked")
    show_table((*numbers, "outbound calls", "missing keys", "drained"), [_status_rows(row) for row in found])
    for line in stop_lines({row.service: row.stops for row in found}):
        say(line)
    for row in found:
        for fact in row.policies_refused or ():
            say(
                f"{row.service}: policy {fact.policy}: fact {fact.owner} {fact.ownerseq} cannot be read"
                f" ({fact.error}); the version before it stays in force. Publish a new version."
            )
    for state in (state for row in found for state in row.write_back or ()):
        say("")
        say(state.says)
        for place, level in state.exceptions.items():
            say(f"  {place}: {level}")
    for instance in (one for row in found for one in row.psa or ()):
        _show_feeds(instance)
    instances = [(row.service, one) for row in found for one in row.integrations or ()]
    if instances:
        say("")
        columns = ("instance", "vendor", "service", "state", "waiting", "unanswered")
        show_table(columns, [(o.instance, o.vendor, name, o.state, o.waiting, o.unanswered) for name, o in instances])


def _show_feeds(instance: InstanceFeeds) -> None:
    """Print each feed of a PSA with the age of its last complete poll, then the records that cannot be read."""
    say("")
    columns = (f"feed of {instance.instance}", "last complete poll", "state", "failing since", "reason")
    show_table(columns, [_feed(row) for row in instance.feeds])
    if instance.unreadable:
        say(f"{counted(instance.unreadable, 'record')} cannot be read; retries continue:")
        rows = [(row.kind, row.record, row.problem, moment(row.since)) for row in instance.records]
        show_table(("type", "record", "reason", "since"), rows)


def _feed(row: Feed) -> tuple[object, ...]:
    turned = f"{row.age:.0f} s ago" if row.turned else "never"
    overdue = row.limit is not None and row.age > row.limit
    state = "overdue" if overdue else "failing" if row.failing else "ok"
    because = " ".join(part for part in (row.operation, row.problem) if part)
    return row.feed, turned, state, moment(row.failing), because


def _status_rows(row: ServiceStatus) -> tuple[object, ...]:
    calls = ", ".join(f"{kind} {state} {n}" for kind, by in row.effects.items() for state, n in by.items())
    still = row.open_calls
    drained = "yes" if row.quiescent else f"no: {counted(still, 'outbound call')} open" if still else "no"
    return (row.service, row.own, row.replicated, sum(row.lag.values()), row.parked,
            moment(row.oldest_parked), calls, row.keys.missing, drained)  # fmt: skip


def stop_lines(stops: Mapping[str, Sequence[CallStop]]) -> list[str]:
    """One line per kill switch; services with the same one share a line."""
    services: dict[tuple[str, str], list[str]] = {}
    for service, found in stops.items():
        for stop in found:
            services.setdefault((stop.kind, stop.client), []).append(service)
    return [
        f"outbound calls stopped: kind {kind or 'all'}, client {client or 'all'}, in {', '.join(names)}"
        for (kind, client), names in services.items()
    ]


@parked.command("list")
def parked_list(service: OneService = None, data: Data = DATA, as_json: AsJson = False) -> None:
    """List parked facts by service, the oldest first."""
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
    """Show one parked fact with its bytes."""
    service, number = _split(fact)
    with required(data) as desk:
        row = msgspec.to_builtins(desk.read(f"/{service}/parked/{number}", ParkedFactWithBytes))
    if as_json:
        show_json(row)
    else:
        show_table(("field", "value"), row.items())


@parked.command("retry")
def parked_retry(fact: Reference, data: Data = DATA, as_json: AsJson = False) -> None:
    """Apply a parked fact again, and the facts that wait behind it."""
    service, number = _split(fact)
    with required(data) as desk:
        answer = desk.run(f"/{service}/parked/{number}/retry", ParkedRetried)
    _described(
        answer,
        as_json,
        f"{counted(answer.applied, 'fact')} applied, {answer.still_parked:,} still parked",
    )


@parked.command("skip")
def parked_skip(
    fact: Reference,
    reason: Annotated[str, typer.Option(help="Why the fact may be skipped; recorded permanently.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Skip a parked fact permanently. The ticket stays incomplete in that service."""
    service, number = _split(fact)
    with required(data) as desk:
        answer = desk.run(f"/{service}/parked/{number}/skip", ParkedSkipped, {"reason": reason})
    _described(answer, as_json, f"fact skipped; tombstone {answer.tombstone}")


def rebuild(
    view: Annotated[str, typer.Argument(help="Name of a read model, e.g. tickets.")],
    service: OneService = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Rebuild a read model from all facts, in one service or in all that have it."""
    done: dict[str, int] = {}
    refused = Failure(f"no service has a read model {view!r}")
    with required(data) as desk:
        for name in [service] if service else list(ServiceName):
            try:
                done[name.value] = desk.run(f"/{name}/views/{view}/rebuild", ViewRebuilt).facts
            except Failure as error:
                if error.code != "invalid_field":
                    raise
                refused = error
    if not done:
        raise refused
    _described(done, as_json, "; ".join(f"{name}: {counted(facts, 'fact')} read" for name, facts in done.items()))


def reconcile(
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="Only this ticket.")] = None,
    release: Annotated[
        bool,
        typer.Option("--release", help="Resume writes to its record after they were stopped by conflicting changes."),
    ] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Compare with the PSA now and read changes that no callback announced. Differences are listed, not overwritten."""
    from desk_deploy.cli.ticket_reference import ticket_of
    from desk_intake.responses import Reconciled, TicketReconciled

    if release and not ticket:
        raise Failure("--release requires --ticket: one record is released at a time")
    with required(data) as desk:
        body = {"ticket": ticket_of(desk, "intake", ticket), "release": release} if ticket else {}
        answer = fields_of(desk.run("/intake/reconcile", TicketReconciled if ticket else Reconciled, body))
    if as_json:
        show_json(answer)
    else:
        show_table(("result", "value"), answer.items())


def _split(reference: str) -> tuple[str, int]:
    service, _, number = reference.partition(":")
    if service not in list(ServiceName) or not number.isdecimal():
        raise Failure(f"{reference!r} is not a parked fact: give SERVICE:NUMBER from `desk parked list`")
    return service, int(number)


def _described(answer: object, as_json: bool, text: str) -> None:
    if as_json:
        show_json(answer)
    else:
        say(text)
