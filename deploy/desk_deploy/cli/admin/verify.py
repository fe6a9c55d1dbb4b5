"""`desk verify`: check that all replicas are equal, that views match facts, and that all keys are there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from desk.http.admin.operation_responses import ParkedFacts
from desk_deploy.cli.admin.keys import ReportedKey, missing_keys
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, AsJson, Data, Database, ServiceName
from desk_deploy.cli.output import counted, say, show_json, show_table

if TYPE_CHECKING:
    from desk_deploy.cli.admin.replica_comparison import Difference
    from desk_deploy.cli.client import Desk

LISTED = 50
PASSES = 5


def verify(data: Data = DATA, database: Database = None, as_json: AsJson = False) -> None:
    """Compare the replicas and views of all services, and check the keys. Exit code 1 on any difference."""
    with readable(data, database) as desk:
        compared, found = lasting(desk)
        parked = {service.value: len(desk.read(f"/{service}/parked", ParkedFacts).items) for service in ServiceName}
        keys = missing_keys(desk)
    parked = {service: number for service, number in parked.items() if number}
    lost = [key for key in keys if key.state == "missing"]
    if as_json:
        rows = [difference._asdict() for difference in found]
        equal = not found and not lost
        show_json(
            {
                "aggregates": compared,
                "differences": rows,
                "parked": parked,
                "keys": keys,
                "equal": equal,
            }
        )
    else:
        _show_keys(lost, len(keys) - len(lost))
        _show(compared, found, parked, readable=not lost)
    if found or lost:
        raise typer.Exit(1)


def lasting(desk: Desk) -> tuple[int, list[Difference]]:
    """Number of aggregates compared, and the differences that remain after facts in progress had time to arrive."""
    from desk_deploy.cli.history.draining import PAUSE, wait_until_drained

    number, found = one_pass(desk)
    for _ in range(PASSES - 1):
        if not found or not desk.alive:
            break
        wait_until_drained(desk, patience=10 * PAUSE)
        before = found
        number, found = one_pass(desk)
        if found == before:
            break
        found = [difference for difference in found if difference in before]
    return number, found


def one_pass(desk: Desk) -> tuple[int, list[Difference]]:
    """Compare the digests of all services once."""
    from desk_deploy.cli.admin.replica_comparison import compared, held

    number = 0
    found: list[Difference] = []
    with ExitStack() as stack:
        streams = {
            s.value: held(s.value, stack.enter_context(desk.lines(f"/{s}/exports/digests"))) for s in ServiceName
        }
        for _, differences in compared(streams):
            number += 1
            found += differences
    return number, found


def _show_keys(lost: list[ReportedKey], abandoned: int) -> None:
    if abandoned:
        say(f"{counted(abandoned, 'key')} given up: texts under them cannot be read (see `desk keys list`)")
    if lost:
        columns = ("missing key", "subject", "first used by", "facts")
        rows = [(key.key, key.subject, key.aggregate, key.facts) for key in lost[:LISTED]]
        show_table(columns, rows)
        say(
            f"{counted(len(lost), 'key')} missing from the key ring: texts cannot be read. Restore the key ring,"
            " or copy keys from a newer copy of it (`desk keys copy`)"
        )


def _show(compared: int, found: list[Difference], parked: dict[str, int], *, readable: bool) -> None:
    for service, number in parked.items():
        say(f"{counted(number, 'fact')} parked in {service}: see `desk parked list`")
    if not found and not readable:
        say(f"{counted(compared, 'aggregate')}: all replicas have the same facts, but some texts cannot be read")
        return
    if not found:
        say(f"{counted(compared, 'aggregate')}: all five replicas are equal, and the views match the facts")
        return
    show_table(("difference", "aggregate", "service", "detail"), found[:LISTED])
    first = f" (the first {LISTED} are listed)" if len(found) > LISTED else ""
    say(f"{counted(len(found), 'difference')} in {counted(compared, 'aggregate')}{first}")
