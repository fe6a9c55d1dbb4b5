"""Consequences of a new record, as data: `writes` carries them out."""

from dataclasses import dataclass, field

from desk_simulators.kit.table import Record


@dataclass(frozen=True, slots=True)
class Also:
    """Create another record."""

    table: str
    body: Record


@dataclass(frozen=True, slots=True)
class Touch:
    """Stamp a record, with these maintained fields."""

    table: str
    record_id: int
    values: Record = field(default_factory=dict)


Follow = Also | Touch
