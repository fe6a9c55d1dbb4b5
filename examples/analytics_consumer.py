"""SLA verdicts by client, from the ticket topic: a consumer as a downstream analytics team would write it.

Needs the topic, the published schemas and `pip install "faststream[kafka,cli]" jsonschema`; nothing of Deskstream. Run
this file, or `faststream run analytics_consumer:app`. The consumer has no group and commits nothing: each start reads
the topic from its beginning, so that the figures need no database and survive a restart. After every fact that changes
a figure it prints the figures of that client, for example `acme: 2 met, 1 breached`.

| Variable | Default | Meaning |
|---|---|---|
| `ANALYTICS_KAFKA` | `localhost:9092` | Brokers, separated by commas |
| `ANALYTICS_TOPIC` | `desk.tickets.v1` | The topic, with the prefix of the installation |
| `ANALYTICS_SCHEMAS` | `handbook/language/schemas` | Folder of the published schemas |
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pydantic
from fast_depends.exceptions import ValidationError
from faststream import AckPolicy, ExceptionMiddleware, FastStream
from faststream.kafka import ConsumerRecord, KafkaBroker, KafkaMessage
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from pydantic import BaseModel, model_validator
from referencing import Registry, Resource

SCHEMAS = Path(os.environ.get("ANALYTICS_SCHEMAS", Path(__file__).parents[1] / "handbook/language/schemas"))
TYPES = (
    "desk.intake.ticket-opened.v1",
    "desk.intake.client-corrected.v1",
    "desk.sla.clock-met.v1",
    "desk.sla.clock-breached.v1",
    "desk.sla.breach-retracted.v1",
    "desk.sla.clock-reinstated.v1",
)
"""The facts that this report is made of. Every other type, and every other version, is ignored."""


def validators(folder: Path) -> dict[str, Draft202012Validator]:
    """A validator for each of TYPES, made from the published schema of its name."""
    documents = {name: json.loads((folder / f"{name}.json").read_text()) for name in (*TYPES, "envelope")}
    registry: Registry[Any] = Registry().with_resources(
        (f"{name}.json", Resource.from_contents(document)) for name, document in documents.items()
    )
    return {name: Draft202012Validator(documents[name], registry=registry) for name in TYPES}


VALIDATORS = validators(SCHEMAS)


class Fact(BaseModel):
    """One fact that its published schema accepts. Sealed fields of `data` stay sealed: `{"key": ..., "box": ...}`."""

    id: UUID
    type: str
    subject: str
    data: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def follows_its_schema(cls, value: Any) -> Any:
        """Refuse with the path and the rule alone: the message of the library would quote the value."""
        error = best_match(VALIDATORS[value["type"]].iter_errors(value))
        if error is not None:
            raise ValueError(f"{error.json_path} breaks the rule {error.validator!r} of {value['type']}")
        return value


UNREAD = "(client not read yet)"


@dataclass
class Report:
    """Verdicts by client. Facts may be repeated and are counted once, by id; withdrawn verdicts are not counted."""

    clients: dict[str, str] = field(default_factory=dict)
    verdicts: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    withdrawn: set[UUID] = field(default_factory=set)
    seen: set[UUID] = field(default_factory=set)
    by_ticket: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_client: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, fact: Fact) -> list[str]:
        """Take one more fact into account, and return the clients whose figures it may have changed."""
        if fact.id in self.seen:
            return []
        self.seen.add(fact.id)
        match fact.type.split(".")[2]:
            case "ticket-opened":
                return self._move(fact.subject, fact.data["client"])
            case "client-corrected":
                return self._move(fact.subject, fact.data["after"])
            case "clock-met" | "clock-breached" as name:
                self.verdicts[fact.id] = fact.subject, name.removeprefix("clock-")
                return [] if fact.id in self.withdrawn else self._count(fact.id, 1)
            case _:
                return self._withdraw(UUID(fact.data["verdict"]))

    def line(self, client: str) -> str:
        """The figures of a client. Its name was written by others: control characters are shown as escapes."""
        figures = self.by_client[client]
        return f"{client.encode('unicode_escape').decode()}: {figures['met']} met, {figures['breached']} breached"

    def _withdraw(self, verdict: UUID) -> list[str]:
        if verdict in self.withdrawn:
            return []
        self.withdrawn.add(verdict)
        return self._count(verdict, -1) if verdict in self.verdicts else []

    def _count(self, verdict: UUID, by: int) -> list[str]:
        ticket, outcome = self.verdicts[verdict]
        client = self.clients.get(ticket, UNREAD)
        self.by_ticket[ticket][outcome] += by
        self.by_client[client][outcome] += by
        return [client]

    def _move(self, ticket: str, client: str) -> list[str]:
        before, self.clients[ticket] = self.clients.get(ticket, UNREAD), client
        if not self.by_ticket[ticket] or before == client:
            return []
        self.by_client[before].subtract(self.by_ticket[ticket])
        self.by_client[client].update(self.by_ticket[ticket])
        return [before, client]


async def parse(record: ConsumerRecord[Any, Any], original: Any) -> KafkaMessage:
    """Read a record by its body alone: a header that is empty or no text would make the library skip the record."""
    message: KafkaMessage = await original(replace(record, headers=()))
    return message


async def decode(message: KafkaMessage, original: Any) -> Any:
    """The fact as JSON, or None. The library decodes `application/json` only; facts are CloudEvents."""
    try:
        return json.loads(message.body)
    except (ValueError, RecursionError):
        return None


async def is_published(message: KafkaMessage) -> bool:
    """Whether the record claims to be one of TYPES."""
    fact = await message.decode()
    return isinstance(fact, dict) and isinstance(fact.get("type"), str) and fact["type"] in VALIDATORS


log = logging.getLogger("analytics")
refusals = ExceptionMiddleware()
broker = KafkaBroker(
    os.environ.get("ANALYTICS_KAFKA", "localhost:9092"),
    client_id="analytics",
    parser=parse,
    decoder=decode,
    middlewares=[refusals],
    logger=log,
    allow_auto_create_topics=False,
    consumer_only=True,
)
app = FastStream(broker, logger=log)
report = Report()

# A record may name a topic for its answer, in a header: no_reply keeps it from being obeyed.
facts = broker.subscriber(
    os.environ.get("ANALYTICS_TOPIC", "desk.tickets.v1"),
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.MANUAL,
    no_reply=True,
)


@facts(filter=is_published)
async def count(fact: Fact) -> None:
    """Take the fact into account, and print the figures that it changed."""
    for client in report.add(fact):
        print(report.line(client), flush=True)  # noqa: T201


@facts
async def ignore(message: Any) -> None:
    """Leave out everything else."""


@refusals.add_handler(ValidationError)
async def refuse(error: ValidationError) -> None:
    """Leave out a record that its schema does not accept, and go on."""
    cause = error.original_error
    found = cause.errors() if isinstance(cause, pydantic.ValidationError) else []
    log.warning("record left out: %s", "; ".join(row["msg"] for row in found) or type(cause).__name__)


if __name__ == "__main__":
    asyncio.run(app.run())
