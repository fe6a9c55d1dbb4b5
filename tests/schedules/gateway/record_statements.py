"""Answers to the gateway's statements on its tables of records: reads, writes, states, links and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.schedules.gateway.rows import Link, Overwrite, Rows, Write

from desk_intake.psa.conversation import note_rows
from desk_intake.psa.observe import record_links, revision_rows
from desk_intake.psa.receive import stale_reads
from desk_intake.psa.write_back import write_claims

Found = Sequence[tuple[Any, ...]]
Answer = Callable[..., Any]
HOUR = timedelta(hours=1)


def _read_start(rows: Rows) -> Found:
    return [(rows.instant(),)]


def _begun(rows: Rows, instance: str, record: str) -> Found:
    found = rows.reads.get((instance, record))
    return [] if found is None else [(found,)]


def _save_read(rows: Rows, instance: str, record: str, begun: datetime) -> None:
    before = rows.reads.get((instance, record), begun)
    rows.reads[instance, record] = max(before, begun)


def _claim(rows: Rows, instance: str, record: str, effect: Any, fields: Any, shown: int, was: int) -> Found:
    before = rows.writes.get((instance, record))
    if before is not None and before.effect != effect and _in_flight(rows, before):
        return []
    rows.writes[instance, record] = Write(effect, fields.obj, shown, was)
    return [(1,)]


def _in_flight(rows: Rows, write: Write) -> bool:
    effect = rows.effects.get(write.effect)
    return effect is not None and effect.state in ("sent", "unknown")


def _written(rows: Rows, instance: str, record: str) -> Found:
    found = rows.writes.get((instance, record))
    if found is None:
        return []
    effect = rows.effects.get(found.effect)
    return [(found.fields, found.effect, effect.state if effect else None, found.made, found.was)]


def _claimed(rows: Rows, instance: str, record: str, effect: Any) -> Found:
    found = rows.writes.get((instance, record))
    return [(found.fields, found.shown, found.was)] if found is not None and found.effect == effect else []


def _made(rows: Rows, at: datetime, instance: str, record: str, effect: Any) -> None:
    found = rows.writes.get((instance, record))
    if found is not None and found.effect == effect:
        rows.writes[instance, record] = found._replace(made=at)
        rows.made.append(record)


def _overwrites(rows: Rows, instance: str, record: str, field: str) -> list[Overwrite]:
    since = rows.now - HOUR
    return [
        one
        for one in rows.overwrites.values()
        if (one.place, one.field) == ((instance, record), field) and one.at > since
    ]


def _last_value(rows: Rows, *field: str) -> Found:
    found = _overwrites(rows, *field)
    return [(found[-1].value,)] if found else []


def _flips(rows: Rows, *field: str) -> Found:
    return [(sum(one.flip for one in _overwrites(rows, *field)),)]


def _overwrite(rows: Rows, instance: str, record: str, field: str, value: str | None, flip: bool) -> None:
    one = Overwrite((instance, record), field, value, flip, rows.now)
    rows.overwrites[len(rows.overwrites)] = one


def _none_stopped(_rows: Rows, _instance: str, _record: str) -> Found:
    return []


def _newest(rows: Rows, instance: str, record: str) -> Found:
    return [(max((row[0] for row in _states(rows, instance, record)), default=None),)]


def _timeline(rows: Rows, instance: str, record: str) -> Found:
    return sorted(_states(rows, instance, record), key=lambda row: row[0])


def _states(rows: Rows, instance: str, record: str) -> Found:
    return [row for key, row in rows.revisions.items() if key[:2] == (instance, record)]


def _revision(rows: Rows, instance: str, record: str, *point: Any) -> None:
    rows.revisions.setdefault((instance, record, point[3]), point)


def _observed(rows: Rows, instance: str, record: str, *point: Any) -> None:
    key = (instance, record, point[3])
    kept = rows.revisions.get(key)
    rows.revisions[key] = point if kept is None else (*kept[:6], True)


def _link(rows: Rows, instance: str, record: str, ticket_id: str) -> Found:
    kept = rows.links.get((instance, record))
    if kept is not None and kept.ticket != ticket_id:
        return []
    rows.links[instance, record] = (kept or Link(ticket_id))._replace(duplicate=False)
    return [(False,)]


def _mark_link(rows: Rows, gone: str | None, _unmapped: bool, ticket: str) -> None:
    for place, link in rows.links.items():
        if link.ticket == ticket and not link.duplicate:
            rows.links[place] = link._replace(gone=gone)


def _linked(rows: Rows, instance: str, record: str) -> Found:
    found = rows.links.get((instance, record))
    return [] if found is None else [tuple(found)]


def _note(rows: Rows, message: str, ticket_id: str, ours: bool) -> None:
    kept = rows.notes.get(message)
    rows.notes[message] = (ticket_id, ours) if kept is None else (kept[0], kept[1] or ours)


def _many(answer: Answer) -> Answer:
    """The answer to a statement over rows, which come as columns."""

    def answer_all(rows: Rows, *columns: Sequence[Any]) -> None:
        for row in zip(*columns, strict=True):
            answer(rows, *row)

    return answer_all


READS: Mapping[str | bytes, Answer] = {
    stale_reads.NOW: _read_start,
    stale_reads.BEGUN: _begun,
    write_claims.WRITTEN: _written,
    write_claims.CLAIMED: _claimed,
    write_claims.LAST: _last_value,
    write_claims.FLIPS: _flips,
    write_claims.STOPPED: _none_stopped,
    revision_rows.NEWEST: _newest,
    revision_rows.TIMELINE: _timeline,
    record_links.LINKED: _linked,
}
WRITES: Mapping[str | bytes, Answer] = {
    stale_reads.SAVE: _save_read,
    write_claims.CLAIM: _claim,
    write_claims.MADE: _made,
    write_claims.OVERWRITTEN: _overwrite,
    revision_rows.SEEN.text: _many(_revision),
    revision_rows.OBSERVED.text: _many(_observed),
    record_links.RESERVE: _link,
    record_links.MARK.text: _many(_mark_link),
    note_rows.INSERT: _note,
}
"""Statement -> its effect on the rows. Writes whose result is None answer no row; STOP is answered by none, so that a
schedule in which a field flips too often fails."""
