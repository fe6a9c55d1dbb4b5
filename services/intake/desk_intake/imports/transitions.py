"""What changed between a record's previous observation and this one. Pure."""

from __future__ import annotations

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports.rows import RowRead, Snapshot

Changed = dict[str, tuple[str | None, str | None]]
"""Field -> (from, to), for fields that changed only."""

LOOK_AHEAD_FIELDS = frozenset({"resolved_at", "closed_at", "closed_code", "resolved_by"})


def class_of(previous: Snapshot | None, row: RowRead) -> StatusClass:
    """The class of this observation; `previous` None says that it is the record's first."""
    return row.first_class if previous is None else row.status_class


def changed_fields(previous: Snapshot | None, row: RowRead) -> Changed:
    """What this row changes; without a previous snapshot, everything it shows is a change from nothing.

    `status` compares raw states; an observation of class `none` says nothing of the state and changes none. A look-
    ahead field that is blank is not known yet, so it never changes back to nothing: a log cut into parts gives the
    same changes as the whole.
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
    """The snapshot to compare the record's next row with."""
    return {**(previous or {}), **{field: to for field, (_, to) in changed.items()}}
