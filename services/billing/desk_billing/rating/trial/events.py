"""Events of a world file, applied to its ledger in order: one mapping with one key each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace
from pydantic import BaseModel, ValidationError

from desk.calendars.problems import DocumentError, Fault
from desk_billing.rating.handover.items import due
from desk_billing.rating.labour import Entry
from desk_billing.rating.lifecycle.ledger import Ledger, Refused
from desk_billing.rating.lifecycle.periods import end_of
from desk_billing.rating.trial.event_documents import Invoice, Move, OfEntry, OfPeriod, OfTicket, Void, WriteOffEvent
from desk_billing.rating.trial.publishing import publish
from desk_billing.rating.trial.reading import entry_of, newest

M = TypeVar("M", bound=BaseModel)
Content = dict[str, object]


class Events:
    """Applies events. ``Refused``, ``Fault`` and ``ValidationError`` of one event leave the ledger as it was."""

    def __init__(self, ledger: Ledger, now: datetime | None, unconfirmed: set[str], raw: dict[str, Content]) -> None:
        self.ledger, self.now, self.unconfirmed, self.raw = ledger, now, unconfirmed, raw
        self.exported: set[str] = set()
        self.handlers: Mapping[str, Callable[[Content], None]] = {
            "log": self._log,
            "correct": self._correct,
            "remove": self._remove,
            "move": self._move,
            "publish": lambda data: publish(ledger, data),
            "select": self._select,
            "invoice": self._invoice,
            "void": lambda data: ledger.void(Void.model_validate(data).invoice),
            "write-off": self._write_off,
            "reverse": lambda data: ledger.reverse(OfEntry.model_validate(data).entry),
            "close": self._close,
            "export": self._export,
        }

    def apply(self, event: object) -> None:
        """Apply one event."""
        if not isinstance(event, Mapping) or len(event) != 1:
            raise Fault("no event", f"write one key, {', '.join(self.handlers)}, with its fields")
        ((name, data),) = event.items()
        if name not in self.handlers:
            raise Fault(f"unknown event {name!r}", f"use one of {', '.join(self.handlers)}", field=str(name))
        if not isinstance(data, Mapping):
            raise Fault("no fields", f"write the fields of {name} as a mapping", field=str(name))
        self.handlers[name]({str(key): value for key, value in data.items()})

    def _entry(self, content: Content, seq: int) -> Entry:
        world = self.ledger.world
        return entry_of(content, world.tickets, world.calendars, seq, self.now)

    def _put(self, entry: Entry, content: Content, cause: str) -> None:
        self.raw[entry.id] = content
        self.ledger.change(replace(self.ledger.world, entries={**self.ledger.world.entries, entry.id: entry}), cause)

    def _log(self, data: Content) -> None:
        entry = self._entry(data, len(self.ledger.accounts))
        if entry.id in self.ledger.accounts:
            raise Fault(f"{entry.id!r} is there already", "give each entry its own id", field="entry")
        self._put(entry, data, "log")

    def _correct(self, data: Content) -> None:
        if "entry" not in data:
            self._correct_ticket(data)
            return
        before = self._live(str(data["entry"]))
        content = {**_flat(self.raw[before.id]), **data}
        if {"start", "end"} & set(data) and "minutes" not in data:
            content.pop("minutes", None)
        entry = replace(self._entry(content, before.seq), rev=before.rev + 1)
        self._put(entry, content, "correct")

    def _correct_ticket(self, data: Content) -> None:
        world = self.ledger.world
        ticket = world.tickets.get(str(data.get("ticket", "")))
        if ticket is None:
            raise Fault("no such entry or ticket", "name entry, or a ticket of the file", field="ticket")
        allowed = {"client", "kind", "tier", "support_tier", "agreement", "merged_into", "cancelled"}
        changes = {key: value for key, value in data.items() if key != "ticket"}
        for key, value in changes.items():
            if key not in allowed or type(value) is not type(getattr(ticket, key)):
                raise Fault(f"{key!r} cannot be corrected so", f"use {', '.join(sorted(allowed))}", field=key)
        changed = replace(ticket, **changes)
        self.ledger.change(replace(world, tickets={**world.tickets, ticket.id: changed}), "correct")

    def _remove(self, data: Content) -> None:
        entry = self._live(OfEntry.model_validate(data).entry)
        entries = {name: one for name, one in self.ledger.world.entries.items() if name != entry.id}
        self.ledger.change(replace(self.ledger.world, entries=entries), "remove")

    def _move(self, data: Content) -> None:
        move = Move.model_validate(data)
        entry = self._live(move.entry)
        if move.ticket not in self.ledger.world.tickets:
            raise Fault(f"there is no ticket {move.ticket!r}", "name a ticket of the file", field="ticket")
        content = {**_flat(self.raw[entry.id]), "ticket": move.ticket}
        self._put(replace(entry, ticket=move.ticket, rev=entry.rev + 1), content, "move")

    def _live(self, name: str) -> Entry:
        entry = self.ledger.world.entries.get(name)
        if entry is None:
            raise Refused("unknown_entry", "entry", f"there is no entry {name!r}", "name an entry of the file")
        return entry

    def _select(self, data: Content) -> None:
        world = self.ledger.world
        ticket = world.tickets.get(OfTicket.model_validate(data).ticket)
        if ticket is None:
            raise Fault("no such ticket", "name a ticket of the file", field="ticket")
        key = newest(world.calendars, world.calendars[ticket.calendar].id) or ticket.calendar
        tickets = {**world.tickets, ticket.id: replace(ticket, calendar=key)}
        self.ledger.change(replace(world, tickets=tickets), "select")

    def _invoice(self, data: Content) -> None:
        if "entry" in data:
            data = {**{key: value for key, value in data.items() if key != "entry"}, "entries": data["entry"]}
        invoice = Invoice.model_validate(data)
        for name in invoice.entries:
            if name in self.unconfirmed:
                raise Refused("not_confirmed", "entries", f"{name} is not confirmed", "confirm its time first")
        self.ledger.invoice(invoice.invoice, invoice.entries, invoice.lines)

    def _write_off(self, data: Content) -> None:
        off = WriteOffEvent.model_validate(data)
        self.ledger.write_off(off.entry, off.minutes, off.amount, off.code)

    def _close(self, data: Content) -> None:
        of = _of_period(data)
        self.ledger.close(of.client, of.period)

    def _export(self, data: Content) -> None:
        of = _of_period(data)
        found = due(self.ledger, self.unconfirmed)
        self.exported |= {one.item.entry for one in found if (one.client, one.period) == (of.client, of.period)}


def _of_period(data: Content) -> OfPeriod:
    of = OfPeriod.model_validate(data)
    try:
        end_of(of.period)
    except ValueError as wrong:
        raise Fault(str(wrong), "write a month, e.g. 2026-03, or a week, e.g. 2026-W10", field="period") from None
    return of


def _flat(content: Content) -> Content:
    labour = content.get("labour")
    if not isinstance(labour, Mapping):
        return content
    return {**labour, **{key: value for key, value in content.items() if key != "labour"}}


EXPECTED = (Refused, Fault, ValidationError, DocumentError)
"""Errors of an event that are answered with a refusal."""
