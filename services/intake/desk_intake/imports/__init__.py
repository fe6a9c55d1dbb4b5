"""History import: mapping documents, reading a log, and the changes of each row. No database, no bus."""

from desk_intake.imports.loading import BUILT_IN, MappingRefused, built_in_mappings, load_mapping, parse_mapping
from desk_intake.imports.mapping import Mapping
from desk_intake.imports.reader import Counts, LogFile, open_log
from desk_intake.imports.rows import (
    BatchRecorded,
    FileRefused,
    ImportedActor,
    RowRead,
    RowRefused,
    Snapshot,
    observation_id,
    ticket_id,
)
from desk_intake.imports.transitions import Changed, changed_fields, class_of, snapshot_after

__all__ = [
    "BUILT_IN",
    "BatchRecorded",
    "Changed",
    "Counts",
    "FileRefused",
    "ImportedActor",
    "LogFile",
    "Mapping",
    "MappingRefused",
    "RowRead",
    "RowRefused",
    "Snapshot",
    "built_in_mappings",
    "changed_fields",
    "class_of",
    "load_mapping",
    "observation_id",
    "open_log",
    "parse_mapping",
    "snapshot_after",
    "ticket_id",
]
