"""Answers cut down to the fields that were asked for."""

from desk_simulators.kit.table import Record


def project(record: Record, wanted: str) -> Record:
    """Only the fields named in `fields=` (`id,company/identifier`); all of them when none is named."""
    if not wanted.strip():
        return record
    kept: Record = {}
    for path in (name.strip().split("/") for name in wanted.split(",") if name.strip()):
        source: object = record
        target = kept
        for part in path[:-1]:
            source = source.get(part) if isinstance(source, dict) else None
            target = target.setdefault(part, {})
        if isinstance(source, dict) and path[-1] in source:
            target[path[-1]] = source[path[-1]]
    return kept
