"""Reads the cells of a row by a mapping that is bound to one header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import msgspec

from desk_intake.imports.classes import status_reader
from desk_intake.imports.look_ahead import LookAheads
from desk_intake.imports.mapping import Mapping, TimeField
from desk_intake.imports.rows import ImportedActor, RowProblem, RowRead, Snapshot, shortened
from desk_intake.imports.times import TimeReader

TRACKED = ("impact", "urgency", "queue", "technician", "contact", "client", "asset")
MAX_NUMBER = 200
CHANNEL, PROBLEM = "import", "Imported from {}"
Text = Callable[[list[str]], str | None]


class RowFields:
    """Reads rows in order. Positions come from `check_header`; look-ahead columns keep state between rows."""

    def __init__(self, mapping: Mapping, positions: dict[str, int]) -> None:
        self._mapping, self._positions = mapping, positions
        self._nulls = mapping.null_texts
        times = mapping.times
        self.times = TimeReader(times.formats, times.zone, times.skipped, times.doubled)
        self._ahead = LookAheads(mapping.look_ahead, positions, self.time_at)
        self._record = self._text_of("record")
        self._observed_places, self._opening_places = self._places("observed_at"), self._places("opened_at")
        self._tracked = [(f, self._text_of(f)) for f in TRACKED if f != "client" and self._has(f)]
        self._client = self._text_of("client") if "client" in mapping.columns else None
        self._channel, self._problem = self._text_of("channel"), self._text_of("problem")
        self._description, self._priority = self._text_of("description"), self._text_of("priority")
        self._status = status_reader(mapping, positions)
        self._actor_at = positions[mapping.actor.column] if mapping.actor else None
        self._actors: dict[str, ImportedActor | None] = {}
        self._hashed = self._hashed_columns()
        self._prefix = sha256(msgspec.json.encode([name for name, _ in self._hashed]))

    def number(self, cells: list[str]) -> str:
        """The record number; RowProblem if it is missing or too long."""
        number = self._record(cells)
        if number is None:
            raise RowProblem(self._mapping.columns["record"], "no record number", "give the row its number")
        if len(number) > MAX_NUMBER:
            raise RowProblem(self._mapping.columns["record"], "longer than 200 characters", "correct columns.record")
        return number

    def row_hash(self, cells: list[str]) -> str:
        """SHA-256 (hex) over names and cells of all columns except look-ahead ones, ordered by name."""
        hasher = self._prefix.copy()
        hasher.update(msgspec.json.encode([cells[place] for _, place in self._hashed]))
        return hasher.hexdigest()

    def read(self, line: int, number: str, row_hash: str, k: int, cells: list[str]) -> RowRead:
        """Read the row; RowProblem names the column that cannot be read."""
        observed_at = self._first_time(self._observed_places, cells)
        if observed_at is None:
            raise RowProblem(self._mapping.columns["observed_at"], "no time", "give the row its time")
        state, status_class, first_class = self._status(cells)
        client = (self._client and self._client(cells)) or self._mapping.client
        snapshot: Snapshot = {"status": state, "client": client}
        for field, text in self._tracked:
            snapshot[field] = text(cells)
        snapshot.update(self._ahead.visible(number, status_class, observed_at, cells, self._nulls))
        return RowRead(
            line=line,
            record=number,
            row_hash=row_hash,
            k=k,
            observed_at=observed_at,
            status_class=status_class,
            first_class=first_class,
            client=client,
            snapshot=snapshot,
            opened_at=self._first_time(self._opening_places, cells) or observed_at,
            channel=self._channel(cells) or CHANNEL,
            problem=self._problem(cells) or PROBLEM.format(self._mapping.source),
            description=self._description(cells),
            actor=self._actor(cells),
            priority_seen=self._priority(cells),
        )

    def _places(self, field: TimeField) -> list[int]:
        columns = self._mapping.columns
        named = [columns[field], *self._mapping.fallbacks.get(field, [])] if field in columns else []
        return [self._positions[column] for column in named]

    def _first_time(self, places: list[int], cells: list[str]) -> datetime | None:
        return next((at for place in places if (at := self.time_at(place, cells)) is not None), None)

    def time_at(self, place: int, cells: list[str]) -> datetime | None:
        """The time (UTC) in the cell, None if it is null; RowProblem if it is not a time."""
        text = cells[place].strip()
        if text in self._nulls:
            return None
        try:
            return self.times.read(text)
        except ValueError as error:
            raise RowProblem(self._name(place), f"{shortened(text)} is no time", str(error)) from error

    def _actor(self, cells: list[str]) -> ImportedActor | None:
        if self._actor_at is None or self._mapping.actor is None:
            return None
        who, rule = cells[self._actor_at].strip(), self._mapping.actor
        if who not in self._actors:
            kind = "bot" if who in rule.bots else "api" if who in rule.apis else "member"
            self._actors[who] = None if who in self._nulls else ImportedActor(kind, who)  # type: ignore[arg-type]
        return self._actors[who]

    def _has(self, field: str) -> bool:
        return field in self._mapping.columns or field in self._mapping.constants

    def _text_of(self, field: str) -> Text:
        """A reader of the field: its column through `values`, else its constant. Only levels must be listed there."""
        columns = {str(name): column for name, column in self._mapping.columns.items()}
        constant = {str(name): text for name, text in self._mapping.constants.items()}.get(field)
        if field not in columns:
            return lambda cells: constant
        place, nulls = self._positions[columns[field]], self._nulls
        values = {str(name): texts for name, texts in self._mapping.values.items()}.get(field, {})

        def level(cells: list[str]) -> str | None:
            text = cells[place].strip()
            if text in nulls:
                return constant
            if text not in values:
                raise RowProblem(columns[field], f"{shortened(text)} is not possible", f"add it to values.{field}")
            return values[text]

        def plain(cells: list[str]) -> str | None:
            text = cells[place].strip()
            return constant if text in nulls else values.get(text, text)

        return level if field in ("impact", "urgency") else plain

    def _hashed_columns(self) -> list[tuple[str, int]]:
        ahead = {rule.column for rule in self._mapping.look_ahead}
        return sorted((name, place) for name, place in self._positions.items() if name not in ahead)

    def _name(self, place: int) -> str:
        return next(name for name, other in self._positions.items() if other == place)
