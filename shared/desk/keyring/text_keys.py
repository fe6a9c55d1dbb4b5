"""The keys that the facts of one store name, and the state of each: the store's own record of the key ring.

Filled from the facts in commit order, after they are committed, so that appends do not get slower.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from desk.contract.event import Payload
from desk.contract.key_ring import KeyEntry
from desk.contract.streams.operations import KeyErased, KeyLossAccepted
from desk.contract.streams.people import PersonErased
from desk.decision.event_model import EventModel
from desk.eventstore.reads import Reads
from desk.eventstore.rows import NotificationRow
from desk.eventstore.table_writer import DbCursor
from desk.telemetry.logs import described

log = structlog.get_logger(__name__)
PAGE = 1000
# Searched in the bytes, not in decoded fields: facts of unknown types name keys as well. A text cannot pretend to be a
# key, because its quotes are escaped.
NAMED = re.compile(rb'\{"key":"([^"\\]{1,200})","box":"')
ABOUT_KEYS = re.compile(r"desk\.[a-z]+\.(person-erased|key-erased|key-loss-accepted)\.v[0-9]+")

_NAMED = (
    "INSERT INTO text_keys AS noted (key_id, aggregate, facts)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[])"
    " ON CONFLICT (key_id) DO UPDATE SET facts = noted.facts + excluded.facts,"
    " aggregate = CASE noted.aggregate WHEN '' THEN excluded.aggregate ELSE noted.aggregate END"
    " RETURNING key_id, facts"
)
_ERASED = (
    "INSERT INTO text_keys AS noted (key_id, subject, erased, erasure_recorded)"
    " SELECT key_id, subject, now(), %b FROM unnest(%b::text[], %b::text[]) AS gone(key_id, subject)"
    " ON CONFLICT (key_id) DO UPDATE SET subject = coalesce(excluded.subject, noted.subject),"
    " erased = coalesce(noted.erased, excluded.erased), missing = NULL,"
    " erasure_recorded = noted.erasure_recorded OR excluded.erasure_recorded"
)
_ABANDONED = (
    "INSERT INTO text_keys AS noted (key_id, subject, abandoned)"
    " SELECT key_id, subject, now() FROM unnest(%b::text[], %b::text[]) AS lost(key_id, subject)"
    " ON CONFLICT (key_id) DO UPDATE SET abandoned = coalesce(noted.abandoned, excluded.abandoned)"
)
_STATE = "SELECT key_id, subject, aggregate, facts, missing, abandoned, erased FROM text_keys WHERE "


class TextKey(NamedTuple):
    """A key id that facts name. `aggregate` is that of the first such fact, `facts` is their number."""

    key: str
    subject: str | None
    aggregate: str
    facts: int
    missing: datetime | None
    abandoned: datetime | None
    erased: datetime | None

    @property
    def entry(self) -> KeyEntry:
        """The key's entry for the ring."""
        return KeyEntry(self.key, self.subject)


def read_page(cursor: DbCursor, language: EventModel) -> tuple[int, list[str]]:
    """Record the keys that the next page of facts names; returns the number of facts and the new ids.

    Processes of one service wait for each other here, so that every fact is counted once.
    """
    position = cursor.execute("SELECT position FROM text_keys_read FOR UPDATE").fetchone()
    assert position is not None
    page = Reads(cursor).all_after(position[0], PAGE)
    if not page:
        return 0, []
    new = _note(cursor, page)
    for fact in page:
        if ABOUT_KEYS.fullmatch(fact.topic):
            _note_fate(cursor, _data(language, fact.raw))
    cursor.execute("UPDATE text_keys_read SET position = %b", (page[-1].position,))
    return len(page), new


def _data(language: EventModel, raw: bytes) -> Payload | None:
    """The fact's payload; None when this release cannot read it, so that it does not block later facts."""
    try:
        data: Payload = language.decode(raw).data
        return data
    except Exception as error:
        log.error("a fact about keys cannot be read", **described(error))
        return None


def keys_in(raw: bytes) -> set[str]:
    """The ids of the keys that seal texts of this fact."""
    return {found.decode(errors="replace") for found in NAMED.findall(raw)}


def mark_erased(cursor: DbCursor, entries: Iterable[KeyEntry], *, recorded: bool) -> None:
    """Record for ever that these keys were destroyed; `recorded`: a fact records it as well."""
    listed = list(entries)
    cursor.execute(_ERASED, (recorded, [entry.id for entry in listed], [entry.subject for entry in listed]))


def mark_missing(cursor: DbCursor, key_ids: Sequence[str]) -> None:
    """Record that the ring lacks these keys."""
    cursor.execute("UPDATE text_keys SET missing = now() WHERE key_id = ANY(%b) AND missing IS NULL", (list(key_ids),))


def mark_held(cursor: DbCursor, key_ids: Sequence[str]) -> None:
    """Record that the ring has these keys again."""
    query = "UPDATE text_keys SET missing = NULL, abandoned = NULL WHERE key_id = ANY(%b) AND missing IS NOT NULL"
    cursor.execute(query, (list(key_ids),))


def name_subjects(cursor: DbCursor, entries: Iterable[KeyEntry]) -> None:
    """Record the subjects of these keys."""
    listed = list(entries)
    cursor.execute(
        "UPDATE text_keys SET subject = named.subject FROM unnest(%b::text[], %b::text[]) AS named(key_id, subject)"
        " WHERE text_keys.key_id = named.key_id AND text_keys.subject IS NULL",
        ([entry.id for entry in listed], [entry.subject for entry in listed]),
    )


def among(cursor: DbCursor, key_ids: Sequence[str]) -> list[TextKey]:
    """Those of these keys that were not destroyed."""
    return _listed(cursor, "erased IS NULL AND key_id = ANY(%b)", list(key_ids))


def missing(cursor: DbCursor) -> list[TextKey]:
    """Keys that the ring lacks, abandoned ones included."""
    return _listed(cursor, "missing IS NOT NULL ORDER BY key_id")


def erased(cursor: DbCursor) -> list[TextKey]:
    """All destroyed keys."""
    return _listed(cursor, "erased IS NOT NULL ORDER BY key_id")


def unrecorded(cursor: DbCursor) -> list[TextKey]:
    """Destroyed keys without a fact that records it."""
    return _listed(cursor, "erased IS NOT NULL AND NOT erasure_recorded ORDER BY key_id")


def expected(cursor: DbCursor, after: str, limit: int) -> list[TextKey]:
    """A page of the keys that the ring must have."""
    return _listed(cursor, "erased IS NULL AND facts > 0 AND key_id > %b ORDER BY key_id LIMIT %b", after, limit)


def _note(cursor: DbCursor, page: Sequence[NotificationRow]) -> list[str]:
    facts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for fact in page:
        for key in keys_in(fact.raw):
            facts[key] += 1
            first.setdefault(key, fact.aggregate)
    if not facts:
        return []
    keys = sorted(facts)
    rows = cursor.execute(_NAMED, (keys, [first[key] for key in keys], [facts[key] for key in keys])).fetchall()
    return [key for key, total in rows if total == facts[key]]


def _note_fate(cursor: DbCursor, data: object) -> None:
    if isinstance(data, PersonErased):
        mark_erased(cursor, [KeyEntry(key, None) for key in data.keys], recorded=True)
    elif isinstance(data, KeyErased):
        mark_erased(cursor, [KeyEntry(data.key, data.subject)], recorded=True)
    elif isinstance(data, KeyLossAccepted):
        cursor.execute(_ABANDONED, ([data.key], [data.subject]))


def _listed(cursor: DbCursor, where: str, *values: object) -> list[TextKey]:
    return [TextKey(*row) for row in cursor.execute(_STATE + where, values).fetchall()]
