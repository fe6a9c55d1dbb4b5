"""Compares a record's previous observation with this one. Pure."""

from __future__ import annotations

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports.rows import RowRead, Snapshot

Changed = dict[str, tuple[str | None, str | None]]
"""Field -> (from, to), for fields that changed only."""

LOOK_AHEAD_FIELDS = frozenset({"resolved_at", "closed_at", "closed_code", "resolved_by"})


def class_of(previous: Snapshot | None, row: RowRead) -> StatusClass:
    """The class of this observation; `previous` is None for the record's first."""
    return row.first_class if previous is None else row.status_class


def changed_fields(previous: Snapshot | None, row: RowRead) -> Changed:
    """The changes of this row; without a previous snapshot every value is a change from None.

    `status` compares raw states; an observation of class `none` says nothing about the state and changes none. A blank
    look-ahead field has no value yet, so it never changes back to None: a log cut into parts gives the same changes as
    the whole.
    """
    before = previous or {}
    silent = class_of(previous, row) == "none"
    return {
        field: (before.get(field), value)
        for field, value in row.snapshot.items()
        if value != before.get(field)
        and not (silent and field == "status")
        and not (value is None and field in LOOK_AHEAD_FIELDS)
    }


def snapshot_after(previous: Snapshot | None, changed: Changed) -> Snapshot:
    """The snapshot that the record's next row is compared with."""
    return {**(previous or {}), **{field: to for field, (_, to) in changed.items()}}
