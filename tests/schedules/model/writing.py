"""Intake's write-back, one boundary a step: take, mark sent, read and compare, PATCH, record the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schedules.model import gateway as g
from tests.schedules.psa import API, Desk

from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import ObservationRuled

if TYPE_CHECKING:
    from tests.schedules.model.world import ModelRecord, ModelWorld


def writes(world: ModelWorld, name: str) -> None:
    """The write-back of a ticket goes one step further."""
    write = world.hands.get(name)
    if write is None:
        _take(world, name)
    else:
        _STEPS[write.state](world, name, write)


def _take(world: ModelWorld, name: str) -> None:
    replica, known, record = world.intake.replica(name), world.known(name), world.record(name)
    ticket = replica.state
    if not ticket.intake.exists or ticket.intake.imported:
        return
    if known.write is not None:
        _doubt(world, name, known)
    elif not g.unruled(ticket):
        covers, shows = replica.head("triage").seq, Desk(ticket.cycle, ticket.triage.end is not None)
        if known.status not in g.accepted(ticket):
            world.hands[name] = g.Write(world.new_id(), g.desired(ticket), covers, shows, base=known.seen)
            world.say(f"intake wants {name} {world.hands[name].wanted}, covering triage {covers}")
        elif record.last == known.seen and _borders(replica.state) > known.shown(known.seen + 1):
            world.intake.run(g.Remember(name, known, (known.seen, covers)))
            record.covered(record.last, shows)
            world.say(f"intake finds {name} as wanted, covering triage {covers}")


def _borders(ticket: Ticket) -> int:
    """Triage's ownerseq of the last fact that decided a cycle."""
    ends = [end.seq for end in ticket.triage.ends.values()]
    return max([*ends, *(again.seq for again in ticket.triage.reopened)], default=0)


def _doubt(world: ModelWorld, name: str, known: g.Known) -> None:
    """A write was marked sent before intake died: the change log tells whether it was made."""
    record = world.record(name)
    world.observes(name)
    left = world.known(name)
    if left.write is not None and not _made(record, known):
        world.intake.run(g.Remember(name, left._replace(write=None)))
        world.say(f"intake finds that its write to {name} was never made")


def _made(record: ModelRecord, known: g.Known) -> bool:
    return any(entry.actor == API for entry in record.log[known.seen :])


def _mark(world: ModelWorld, name: str, write: g.Write) -> None:
    known = world.known(name)
    sent = write._replace(state="sent")
    world.intake.run(g.Remember(name, known._replace(write=sent)))
    world.hands[name] = sent
    world.say(f"intake marks its write to {name} sent")


def _compare(world: ModelWorld, name: str, write: g.Write) -> None:
    record, known = world.record(name), world.known(name)
    if record.last == write.base:
        world.hands[name] = write._replace(state="compared")
        world.say(f"intake compares {name}: as it was, at {record.last}")
        return
    del world.hands[name]
    world.say(f"intake compares {name}: at {record.last}, not at {write.base}: somebody was faster")
    world.intake.run(g.Remember(name, known._replace(write=None)))
    world.observes(name, conflict=write)


def _patch(world: ModelWorld, name: str, write: g.Write) -> None:
    record = world.record(name)
    unseen = [
        e for e in record.log[: write.base] if e.actor != API and e.field == "status" and not ruled(world, name, e.n)
    ]
    if unseen:
        world.wrong.append(f"a write to {name} undid {unseen[-1].after} of entry {unseen[-1].n} before it was ruled on")
    entry = record.patch(world.clock.now(), write.wanted, write.shows)
    world.hands[name] = write._replace(state="patched")
    world.hints.append(name)
    world.say(f"psa: {name} {entry.n}: status {entry.before} -> {entry.after} by intake, showing {write.shows}")
    _follow(world, name, write)


def _follow(world: ModelWorld, name: str, write: g.Write) -> None:
    """Once a record, a technician who waited for it goes on from what was written, before intake has recorded it.

    Not where the write undid what somebody did since the comparison: that window of one request stays open.
    """
    undid = world.record(name).last > write.base + 1
    if write.covers % 2 and not undid and name not in world.followed:
        world.followed.add(name)
        world.acts_in_psa(name, write.covers // 2)


def ruled(world: ModelWorld, name: str, entry: int) -> bool:
    """Triage has answered the observation of this entry, in triage's own store."""
    observation = g.observation_id(name, entry)
    own = world.facts("triage", name)
    return any(e.causationid == observation and isinstance(e.data, ObservationRuled) for e in own)


def _settle(world: ModelWorld, name: str, write: g.Write) -> None:
    del world.hands[name]
    world.observes(name)


_STEPS = {"planned": _mark, "sent": _compare, "compared": _patch, "patched": _settle}
