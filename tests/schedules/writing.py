"""Intake's write-back, one boundary a step: take, mark sent, read and compare, PATCH, record the outcome."""

from __future__ import annotations

from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import ObservationRuled

from . import gateway as g
from .psa import API, Desk, Record
from .world import World


def writes(world: World, name: str) -> None:
    """The write-back of a ticket goes one step further."""
    write = world.hands.get(name)
    if write is None:
        _take(world, name)
    else:
        _STEPS[write.state](world, name, write)


def _take(world: World, name: str) -> None:
    replica, known, record = world.intake.replica(name), world.known(name), world.records[name]
    ticket = replica.state
    if not ticket.intake.exists or ticket.intake.imported:
        return
    if known.write is not None:
        _doubt(world, name, known)
    elif not (world.parts.waits_for_ruling and g.unruled(ticket)):
        covers, shows = replica.head("triage").seq, Desk(ticket.cycle, ticket.triage.end is not None)
        if known.status not in g.accepted(ticket):
            world.hands[name] = g.Write(world.new_id(), g.desired(ticket), covers, shows, base=known.seen)
            world.say(f"intake wants {name} {world.hands[name].wanted}, covering triage {covers}")
        elif record.last == known.seen and _borders(replica.state) > known.shown(known.seen + 1):
            world.intake.run(g.Remember(name, known, (known.seen, covers)))
            record.view = shows
            world.say(f"intake finds {name} as wanted, covering triage {covers}")


def _borders(ticket: Ticket) -> int:
    """Triage's ownerseq of the last fact that decided a cycle."""
    ends = [end.seq for end in ticket.triage.ends.values()]
    return max([*ends, *(again.seq for again in ticket.triage.reopened)], default=0)


def _doubt(world: World, name: str, known: g.Known) -> None:
    """A write was marked sent before intake died: the change log tells whether it was made."""
    record = world.records[name]
    world.observes(name)
    left = world.known(name)
    if left.write is not None and not _made(record, known):
        world.intake.run(g.Remember(name, left._replace(write=None)))
        world.say(f"intake finds that its write to {name} was never made")


def _made(record: Record, known: g.Known) -> bool:
    return any(entry.actor == API for entry in record.log[known.seen :])


def _mark(world: World, name: str, write: g.Write) -> None:
    known = world.known(name)
    sent = write._replace(state="sent")
    world.intake.run(g.Remember(name, known._replace(write=sent)))
    world.hands[name] = sent
    world.say(f"intake marks its write to {name} sent")


def _compare(world: World, name: str, write: g.Write) -> None:
    record, known = world.records[name], world.known(name)
    if record.last == write.base:
        world.hands[name] = write._replace(state="compared")
        world.say(f"intake compares {name}: as it was, at {record.last}")
        return
    del world.hands[name]
    world.say(f"intake compares {name}: at {record.last}, not at {write.base}: somebody was faster")
    world.intake.run(g.Remember(name, known._replace(write=None)))
    world.observes(name, write)


def _patch(world: World, name: str, write: g.Write) -> None:
    record = world.records[name]
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


def _follow(world: World, name: str, write: g.Write) -> None:
    """Once a record, a technician who waited for it goes on from what was written, before intake has recorded it.

    Not where the write undid what somebody did since the comparison: that window of one request stays open.
    """
    undid = world.records[name].last > write.base + 1
    if write.covers % 2 and not undid and name not in world.followed:
        world.followed.add(name)
        world.acts_in_psa(name, write.covers // 2)


def ruled(world: World, name: str, entry: int) -> bool:
    """Triage has answered the observation of this entry, in triage's own store."""
    observation = g.observation_id(name, entry)
    own = world.facts("triage", name)
    return any(e.causationid == observation and isinstance(e.data, ObservationRuled) for e in own)


def _settle(world: World, name: str, write: g.Write) -> None:
    del world.hands[name]
    world.observes(name)


_STEPS = {"planned": _mark, "sent": _compare, "compared": _patch, "patched": _settle}
