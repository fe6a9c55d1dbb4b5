"""`desk export`: one service's replica as a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.history.columns import COLUMNS, What
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, Data, Database, ServiceName


class Format(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def export(
    what: Annotated[What, typer.Argument(help="tickets, observations, facts or sla")],
    service: Annotated[ServiceName, typer.Option(help="Whose replica; of sla its own.")] = ServiceName.TRIAGE,
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="Facts of one ticket: its id or number.")] = None,
    fmt: Annotated[Format | None, typer.Option("--format", help="csv unless facts are exported: jsonl.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Standard output when left out.")] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="FILE|ID", help="Judge sla by this policy instead of the recorded one.")
    ] = None,
    data: Data = DATA,
    database: Database = None,
) -> None:
    """Write one row per ticket, observation or SLA clock, or the facts as stored and published. Times are UTC.

    Of sla: seconds of the calendar without pauses, and seconds of the wall clock.
    """
    fmt = checked(what, fmt, ticket, out)
    if policy is not None and what is not What.SLA:
        raise Failure("--policy goes with sla")
    with readable(data, database) as desk, target(out) as file:
        if what is What.SLA:
            from desk_deploy.cli.sla import exported

            with exported(desk, policy) as lines:
                write(what, fmt, lines, file)
            return
        if ticket is not None:
            from desk_deploy.cli.ticket_reference import ticket_of

            ticket = ticket_of(desk, service.value, ticket)
        with desk.lines(f"/{service}/exports/{what}", ticket=ticket) as lines:
            write(what, fmt, lines, file)


def checked(what: What, fmt: Format | None, ticket: str | None, out: Path | None) -> Format:
    """The format, when the options fit each other."""
    fmt = fmt or (Format.JSONL if what is What.FACTS else Format.CSV)
    if what is What.FACTS and fmt is not Format.JSONL:
        raise Failure("facts are exported with --format jsonl: their fields differ from type to type")
    if ticket is not None and what is not What.FACTS:
        raise Failure("--ticket goes with facts; for one ticket use `desk ticket show`")
    if fmt is Format.PARQUET and out is None and sys.stdout.isatty():
        raise Failure("parquet is not for a terminal: give --out FILE")
    return fmt


def write(what: What, fmt: Format, lines: Iterable[bytes], file: BinaryIO) -> None:
    """Every line in the format asked for."""
    from desk_deploy.cli.history.files import csv_text, jsonl, write_parquet

    if what is What.FACTS:
        file.writelines(line + b"\n" for line in lines)
    elif fmt is Format.PARQUET:
        write_parquet(lines, COLUMNS[what], file)
    else:
        file.writelines((csv_text if fmt is Format.CSV else jsonl)(lines, COLUMNS[what]))


@contextmanager
def target(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears when it is whole. A device or a pipe of that name is written to."""
    if out is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    from desk_deploy.cli.history.files import whole

    try:
        with out.open("wb") if out.exists() and not out.is_file() else whole(out) as file:
            yield file
    except OSError as error:
        raise Failure(f"cannot write {out} ({error.strerror}): choose another with --out") from error
