"""Reads a directory file, CSV or YAML, and checks every record before the first is sent.

CSV has one record per line: columns `kind`, `id`, `client` and the fields of that kind; an empty cell is left out, and
`;` separates several values. YAML has one list per kind (`clients`, `contacts`, `devices`, `agreements`, `staff`) of
records with the same names.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from desk_deploy.cli.directory.commands import KINDS, OF_CLIENT, Kind, Record
from desk_deploy.cli.error_messages import Failure
from desk_intake.decisions.directory import AddAgreement, AddClient, AddDevice
from desk_intake.decisions.directory_people import AddContact, AddStaff

BODIES: Mapping[str, type[BaseModel]] = {
    "client": AddClient,
    "contact": AddContact,
    "device": AddDevice,
    "agreement": AddAgreement,
    "staff": AddStaff,
}
LISTS: Mapping[str, Kind] = {
    "clients": "client",
    "contacts": "contact",
    "devices": "device",
    "agreements": "agreement",
    "staff": "staff",
}
SEVERAL = frozenset({"phones", "covers"})
LARGEST = 20_000_000
"""Bytes of a file that is read."""


class Row(NamedTuple):
    """One record as it was written; `place` names its line or list entry."""

    place: str
    kind: str
    fields: Mapping[str, object]


def records(path: Path) -> list[Record]:
    """The records of a file, clients first. Failure with every line that is not valid; nothing is sent then."""
    rows = _csv(_text(path)) if path.suffix.lower() == ".csv" else _yaml(_text(path))
    found, wrong = list[Record](), list[str]()
    for row in rows:
        try:
            found.append(_record(row))
        except Failure as failure:
            wrong.append(f"{row.place}: {failure}")
    if wrong:
        raise Failure(f"{path} is not imported: " + "; ".join(wrong))
    if not found:
        raise Failure(f"{path} has no record: see `desk directory sample`")
    return sorted(found, key=lambda record: KINDS.index(record.kind))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Failure(f"{path} has more than {LARGEST:,} bytes: import it in parts")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path} is not UTF-8: save it as UTF-8") from error


def _csv(text: str) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for cells in reader:
            if None in cells:
                raise Failure(f"line {reader.line_num} has more cells than the header")
            filled = {name: value.strip() for name, value in cells.items() if value and value.strip()}
            fields = {name: value.split(";") if name in SEVERAL else value for name, value in filled.items()}
            if fields:
                yield Row(f"line {reader.line_num}", str(fields.pop("kind", "")), fields)
    except csv.Error as error:
        raise Failure(f"line {reader.line_num}: {error}") from error


def _yaml(text: str) -> Iterator[Row]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Failure(f"the file is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not all(isinstance(rows, list) for rows in document.values()):
        raise Failure(f"the file is no directory: write lists named {', '.join(LISTS)}")
    for name, entries in document.items():
        for number, entry in enumerate(entries, 1):
            yield Row(f"{name}, entry {number}", LISTS.get(name, name), entry if isinstance(entry, dict) else {})


def _record(row: Row) -> Record:
    if row.kind not in KINDS:
        raise Failure(f"kind: {row.kind!r} is none of {', '.join(KINDS)}")
    kind, fields = row.kind, dict(row.fields)
    name, client = str(fields.pop("id", "") or ""), str(fields.pop("client", "") or "")
    if not name:
        raise Failure("id: it is missing")
    if (kind in OF_CLIENT) != bool(client):
        raise Failure("client: it is missing" if kind in OF_CLIENT else f"client: a {kind} has none")
    try:
        valid = BODIES[kind].model_validate({**fields, kind: name} if kind in OF_CLIENT else fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Failure(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    body = valid.model_dump(mode="json", exclude={str(kind)})
    return Record(kind, name, client, body, row.place)
