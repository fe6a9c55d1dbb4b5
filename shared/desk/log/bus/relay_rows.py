"""Where a store's relay stands: one row with the store's incarnation (epoch) and the last position published."""

from __future__ import annotations

from typing import NamedTuple

from desk.log.batch import Cur

SAVE = "UPDATE relay SET position = greatest(position, %s) WHERE epoch::text = %s"
RENEW = "UPDATE relay SET epoch = gen_random_uuid() RETURNING epoch::text, position"


class Standing(NamedTuple):
    """`epoch` changes when a store begins anew or was restored; `position` is a notification id."""

    epoch: str
    position: int


def standing(cursor: Cur) -> Standing:
    """The row as it is saved."""
    row = cursor.execute("SELECT epoch::text, position FROM relay").fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return Standing(*row)


def save(cursor: Cur, to: Standing) -> None:
    """Everything up to `to.position` is published. Never goes back."""
    cursor.execute(SAVE, (to.position, to.epoch))


def renew(cursor: Cur) -> Standing:
    """Begin a new epoch: the store is not the one that published before."""
    row = cursor.execute(RENEW).fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return Standing(*row)
