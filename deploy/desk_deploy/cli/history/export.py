"""`desk export`: write one service's replica to a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.history.columns import COLUMNS, What
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, Data, Database, ServiceName


class Format(StrEnum):
    """File formats of exports."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def export(
    what: Annotated[What, typer.Argument(help="Export: tickets, observations, facts or sla.")],
    service: Annotated[ServiceName, typer.Option(help="Service to export from (not for sla).")] = ServiceName.TRIAGE,
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="Only facts of this ticket (id or number).")] = None,
    fmt: Annotated[Format | None, typer.Option("--format", help="Default: csv, for facts jsonl.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Output file. Default: standard output.")] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="FILE|ID", help="Judge SLA clocks by this policy, not by the recorded one.")
    ] = None,
    data: Data = DATA,
    database: Database = None,
) -> None:
    """Write one row per ticket, observation or SLA clock, or the facts as published. Times are UTC.

    Columns of sla: elapsed_business is working seconds without pauses, elapsed_wall is seconds of the wall clock.
    """
    fmt = checked(what, fmt, ticket, out)
    if policy is not None and what is not What.SLA:
        raise Failure("--policy applies to sla only: leave it out, or export sla")
    with readable(data, database) as desk, target(out) as file:
        if what is What.SLA:
            from desk_deploy.cli.sla import exported

            with exported(desk, policy) as lines:
                write(what, fmt, lines, file)
            return
        only = None if ticket is None else _ticket_of(desk, service, ticket)
        with desk.lines(f"/{service}/exports/{what}", ticket=only) as lines:
            write(what, fmt, lines, file)


def checked(what: What, fmt: Format | None, ticket: str | None, out: Path | None) -> Format:
    """The format; Failure when the options contradict each other."""
    fmt = fmt or (Format.JSONL if what is What.FACTS else Format.CSV)
    if what is What.FACTS and fmt is not Format.JSONL:
        raise Failure("facts require --format jsonl, because their fields differ from type to type")
    if ticket is not None and what is not What.FACTS:
        raise Failure("--ticket applies to facts only; for one ticket use `desk ticket show`")
    if fmt is Format.PARQUET and out is None and sys.stdout.isatty():
        raise Failure("parquet cannot be written to a terminal: give --out FILE")
    return fmt


def write(what: What, fmt: Format, lines: Iterable[bytes], file: BinaryIO) -> None:
    """Write every line in the given format."""
    from desk_deploy.cli.history.files import csv_text, jsonl, write_parquet

    if what is What.FACTS:
        file.writelines(line + b"\n" for line in lines)
    elif fmt is Format.PARQUET:
        write_parquet(lines, COLUMNS[what], file)
    else:
        file.writelines((csv_text if fmt is Format.CSV else jsonl)(lines, COLUMNS[what]))


def _ticket_of(desk: Desk, service: ServiceName, reference: str) -> str:
    from desk_deploy.cli.ticket_reference import ticket_of

    return ticket_of(desk, service.value, reference)


@contextmanager
def target(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears only when complete. A device or pipe is written to directly."""
    if out is None:
        yield sys.stdout.buffer
        return
    from desk_deploy.cli.history.files import whole

    try:
        with out.open("wb") if out.exists() and not out.is_file() else whole(out) as file:
            yield file
    except OSError as error:
        raise Failure(f"cannot write {out} ({error.strerror}): choose another file with --out") from error
