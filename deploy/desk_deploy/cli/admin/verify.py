"""`desk verify`: checks that replicas are equal, views match facts, hash chains are whole, and all keys are there."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from desk.http.admin.operation_responses import ParkedFacts
from desk_deploy.cli.admin.keys import ReportedKey, missing_keys
from desk_deploy.cli.admin.replica_comparison import Difference
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, AsJson, Data, Database, ServiceName
from desk_deploy.cli.output import counted, say, show_json, show_table

if TYPE_CHECKING:
    from desk_deploy.cli.client import Desk

LISTED = 50
PASSES = 5


AnchorFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Check the heads that FILE names, then write the present ones to it."),
]


class Result(NamedTuple):
    """The result of a verification. `parked`: number of parked facts by service, where there are any."""

    aggregates: int
    facts: int
    differences: list[Difference]
    parked: dict[str, int]
    keys: list[ReportedKey]

    @property
    def missing(self) -> list[ReportedKey]:
        """The keys that facts name and the key ring lacks."""
        return [key for key in self.keys if key.state == "missing"]

    @property
    def equal(self) -> bool:
        """Whether nothing is wrong."""
        return not self.differences and not self.missing


def verify(data: Data = DATA, database: Database = None, anchor: AnchorFile = None, as_json: AsJson = False) -> None:
    """Compare the replicas and views of all services, walk the hash chains of all facts, and check the keys.

    Exit code 1 on any difference. Keep the file of --anchor where nobody who can write to the database can write.
    """
    with readable(data, database) as desk:
        result = _verified(desk, anchor)
    if as_json:
        show_json(_document(result))
    else:
        _show(result)
    if not result.equal:
        raise typer.Exit(1)


def _verified(desk: Desk, anchor: Path | None) -> Result:
    from desk_deploy.cli.admin import chain_comparison as chains

    before = chains.Anchor() if anchor is None else chains.read_anchor(anchor)
    aggregates, found = lasting(desk)
    with ExitStack() as stack:
        lines = {s.value: stack.enter_context(desk.lines(f"/{s}/exports/chains")) for s in ServiceName}
        walked = chains.verified(lines, before)
    parked = {service.value: len(desk.read(f"/{service}/parked", ParkedFacts).items) for service in ServiceName}
    parked = {service: number for service, number in parked.items() if number}
    result = Result(aggregates, walked.facts, found + walked.differences, parked, missing_keys(desk))
    if anchor is not None and not walked.differences:
        chains.write_anchor(anchor, walked.heads)
    return result


def _document(result: Result) -> dict[str, object]:
    return {
        "aggregates": result.aggregates,
        "facts": result.facts,
        "differences": [difference._asdict() for difference in result.differences],
        "parked": result.parked,
        "keys": result.keys,
        "equal": result.equal,
    }


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


def _show(result: Result) -> None:
    _show_keys(result.missing, len(result.keys) - len(result.missing))
    for service, number in result.parked.items():
        say(f"{counted(number, 'fact')} parked in {service}: see `desk parked list`")
    found, compared = result.differences, f"{counted(result.aggregates, 'aggregate')}, {counted(result.facts, 'fact')}"
    if found:
        show_table(("difference", "aggregate", "service", "detail"), found[:LISTED])
        first = f" (the first {LISTED} are listed)" if len(found) > LISTED else ""
        say(f"{counted(len(found), 'difference')} in {compared}{first}")
    elif result.missing:
        say(f"{compared}: all replicas have the same facts, but some texts cannot be read")
    else:
        say(f"{compared}: all five replicas are equal, the views match the facts, and every chain is whole")


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
