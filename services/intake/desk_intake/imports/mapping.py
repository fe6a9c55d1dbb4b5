"""The mapping document: the meaning of a log's columns. A new kind of log needs such a file and no code.

Unknown keys, wrong types and contradictions are refused with the field and the remedy (`loading.py`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports.parts import (
    LEVELS,
    ActorRule,
    Document,
    FileFormat,
    Name,
    Order,
    Times,
    check_columns_once,
    check_levels,
)

Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
ColumnField = Literal[
    "record",
    "observed_at",
    "opened_at",
    "impact",
    "urgency",
    "priority",
    "queue",
    "technician",
    "contact",
    "client",
    "asset",
    "channel",
    "problem",
    "description",
]
TimeField = Literal["observed_at", "opened_at"]
ConstantField = Literal["impact", "urgency", "queue", "technician", "contact", "asset", "channel", "problem"]
LookAheadField = Literal["resolved_at", "closed_at", "closed_code", "resolved_by"]
ANY = "*"


class StateRule(Document):
    """The column whose state gives the class; a second column refines the first.

    `classes`: state -> class, or first state -> {second state -> class}, where `*` is any other second state and an
    empty text is an empty cell. A state that is not listed is `unmapped`.
    """

    columns: list[Name] = Field(min_length=1, max_length=2)
    classes: dict[str, StatusClass | dict[str, StatusClass]] = Field(min_length=1)

    @model_validator(mode="after")
    def _nesting(self) -> StateRule:
        nested = [state for state, is_class in self.classes.items() if isinstance(is_class, dict)]
        if nested and len(self.columns) == 1:
            raise ValueError(f"{nested[0]!r} is split by a second state; name the second column in columns")
        if ANY in self.classes:
            raise ValueError("`*` may only be a second state; list each first state")
        return self


class ActivityRule(Document):
    """Maps the activities of a log without states to classes; `first` is the class on a record's first row."""

    column: Name
    classes: dict[str, StatusClass] = Field(min_length=1)
    first: dict[str, StatusClass] = {}

    @model_validator(mode="after")
    def _first_says_more(self) -> ActivityRule:
        for activity in self.first:
            if self.classes.get(activity) != "none":
                raise ValueError(f"first: {activity!r} needs class none in classes; only such an activity may differ")
        return self


class LookAhead(Document):
    """A column whose early rows already hold a value that became true later.

    It is blank until the first row whose class is in `shown_when` and whose time is not before the time in the column
    `not_before` (the class alone if that is null). Without `shown_when` it is never read.
    """

    column: Name
    field: LookAheadField | None = None
    shown_when: list[StatusClass] = []
    not_before: Name | None = None

    @model_validator(mode="after")
    def _whole(self) -> LookAhead:
        if (self.field is None) != (not self.shown_when):
            raise ValueError("field and shown_when go together; leave both out for a column that is never read")
        return self


class PriorityRule(Document):
    """Impact -> urgency -> priority; `otherwise` is the priority of cells that are not listed."""

    matrix: dict[Level, dict[Level, Priority]]
    otherwise: Priority | None = None

    @model_validator(mode="after")
    def _complete(self) -> PriorityRule:
        missing = [f"{impact}/{urgency}" for (impact, urgency), cell in self.cells.items() if cell is None]
        if missing:
            raise ValueError(f"no priority for {', '.join(missing)}; add the cells or otherwise")
        return self

    @cached_property
    def cells(self) -> dict[tuple[str, str], Priority | None]:
        """All nine cells: (impact, urgency) -> priority."""
        given: dict[tuple[str, str], Priority] = {}
        for impact, row in self.matrix.items():
            given |= {(impact, urgency): priority for urgency, priority in row.items()}
        return {(i, u): given.get((i, u), self.otherwise) for i in LEVELS for u in LEVELS}


class Mapping(Document):
    """One kind of log. `source` names the system that wrote it and is part of every id derived from it.

    `fallbacks`: the columns that give a time, in this order, where the cell of its column is empty.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    source: Name
    client: Name
    kind: Kind
    profile: Name
    file: FileFormat = FileFormat()
    nulls: list[str] = []
    times: Times
    columns: dict[ColumnField, Name]
    fallbacks: dict[TimeField, list[Name]] = {}
    constants: dict[ConstantField, Name] = {}
    values: dict[ColumnField, dict[str, str]] = {}
    state: StateRule | None = None
    activity: ActivityRule | None = None
    look_ahead: list[LookAhead] = []
    order: Order
    duplicates: Literal["events", "no-events"]
    priority: PriorityRule | None = None
    actor: ActorRule | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Mapping:
        if (self.state is None) == (self.activity is None):
            raise ValueError("exactly one of state and activity; give the one that the log has")
        for needed in ("record", "observed_at"):
            if needed not in self.columns:
                raise ValueError(f"columns: {needed} is missing; name the column that holds it")
        for field in self.fallbacks:
            if field not in self.columns:
                raise ValueError(f"fallbacks: {field} has no column to fall back from; name it in columns")
        check_levels(self)
        check_columns_once(self)
        return self

    @property
    def version(self) -> str:
        """Version of this mapping's matrix and status map in facts: `import:<name>`."""
        return f"import:{self.name}"

    @cached_property
    def null_texts(self) -> frozenset[str]:
        """Cell texts that are null: those of `nulls`, and the empty text."""
        return frozenset((*self.nulls, ""))

    def with_source(self, source: str) -> Mapping:
        """The same mapping for another source: other ticket ids and observation ids."""
        return Mapping.model_validate(self.model_dump() | {"source": source})

    def matrix_policy(self) -> dict[str, dict[str, str]] | None:
        """The content of policy `matrix` in version `version`: impact -> urgency -> priority. None without a matrix."""
        if self.priority is None:
            return None
        return {i: {u: str(self.priority.cells[i, u]) for u in LEVELS} for i in LEVELS}

    def priority_of(self, impact: str | None, urgency: str | None) -> Priority | None:
        """The priority by matrix `version`; None without a matrix or if either level is None."""
        if self.priority is None or impact is None or urgency is None:
            return None
        return self.priority.cells[impact, urgency]
