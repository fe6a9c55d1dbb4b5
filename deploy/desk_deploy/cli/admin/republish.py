"""`desk republish`: publish own facts to the bus again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import DATA, AsJson, Data, OneService, ServiceName
from desk_deploy.cli.output import counted, say, show_json

if TYPE_CHECKING:
    from desk.signing.signature import Signer


def republish(
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="Only facts of this ticket.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All facts, e.g. after a topic was lost.")] = False,
    service: OneService = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Publish own facts to Kafka again, with the same ids. Services that have them skip them."""
    if (ticket is None) == (not everything):
        raise Failure("nothing to republish is named: give --ticket REF, or --all")
    database, kafka = where(data)
    aggregate = _aggregate(data, ticket) if ticket else None
    names = [service] if service else list(ServiceName)
    done = {name.value: asyncio.run(_again(data, name.value, database, kafka, aggregate)) for name in names}
    if as_json:
        show_json(done)
    else:
        say("; ".join(f"{name}: {counted(number, 'fact')} published" for name, number in done.items()))


def where(data: Path) -> tuple[str, str]:
    """URL of the database and address of the broker: of the desk on `data`, else DESK_DATABASE_URL and DESK_KAFKA."""
    from desk_deploy.up import run_file

    found = run_file.read(data)
    database = found.database if found else os.environ.get("DESK_DATABASE_URL")
    kafka = found.kafka if found else os.environ.get("DESK_KAFKA")
    if found and not kafka:
        raise Failure("this desk's bus is local: services read each other's stores, and there is nothing to republish")
    if not database or not kafka:
        raise Failure(f"no desk runs on {data}: start it, or set DESK_DATABASE_URL and DESK_KAFKA and give --service")
    return database, kafka


def _aggregate(data: Path, ticket: str) -> str:
    from desk.contract.event import Stream
    from desk.eventstore.aggregate_id import aggregate_of
    from desk_deploy.cli.locate_desk import required
    from desk_deploy.cli.ticket_reference import ticket_of

    with required(data) as desk:
        return aggregate_of(Stream.TICKETS, ticket_of(desk, "triage", ticket))


async def _again(data: Path, service: str, database: str, kafka: str, aggregate: str | None) -> int:
    from desk.bus.kafka.settings import KafkaSettings
    from desk.bus.republish import republish as again
    from desk.eventstore.store import Store

    store = Store(database, service, pool_size=1)
    try:
        return await again(store, service, KafkaSettings(kafka), aggregate, _signer(data, service))
    finally:
        store.close()


def _signer(data: Path, service: str) -> Signer | None:
    """The signer of a service by the keys of the desk on `data` or DESK_SIGNING_KEY; None where its key is not here:
    facts then keep the signatures that are stored with them."""
    from desk.http.auth.verification_keys import load_or_create_key
    from desk.signing.keys import private_path
    from desk.signing.signature import Signer
    from desk_deploy.admin import SIGNING

    path = private_path(service, Path(os.environ.get("DESK_SIGNING_KEY") or data / SIGNING))
    return Signer(load_or_create_key(path)) if path.is_file() else None
