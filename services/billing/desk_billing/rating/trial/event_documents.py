"""Events of a world file, checked field by field."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from desk.decision.policies.document import Code, Document
from desk.decision.policies.labour.values import Amount


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _texts(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[Code, BeforeValidator(_texts)]


class Invoice(Document):
    """Records an invoice of entries: of all their lines, or of those numbered from 1."""

    invoice: Number
    entries: Annotated[tuple[Code, ...], BeforeValidator(_listed), Field(min_length=1)]
    lines: Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_listed)] = ()


class Void(Document):
    """Voids an invoice."""

    invoice: Number


class OfEntry(Document):
    """Names an entry."""

    entry: Code


class OfTicket(Document):
    """Names a ticket."""

    ticket: Code


class Move(OfEntry):
    """Moves an entry to another ticket."""

    ticket: Code


class WriteOffEvent(OfEntry):
    """Writes off minutes or an amount of an entry; all of it when neither is given."""

    minutes: Annotated[int, Field(ge=1)] | None = None
    amount: Amount | None = None
    code: Annotated[str, Field(max_length=100)] = ""


class OfPeriod(Document):
    """Names a billing period of a client, to hand it over or to close it."""

    client: Code
    period: Annotated[str, Field(max_length=10)]
