"""`desk keys`: list missing keys, copy keys from another key ring, accept the loss of keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from desk.http.admin.status_responses import LossAccepted, MissingKeys, UnreadKey
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import readable, required
from desk_deploy.cli.options import DATA, AsJson, Data, Database, ServiceName
from desk_deploy.cli.output import counted, moment, say, show_json, show_table

if TYPE_CHECKING:
    from pathlib import Path

    from desk_deploy.cli.client import Desk

app = typer.Typer(no_args_is_help=True, help="List, copy and give up keys of sealed texts.")
Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="Ids of keys from `desk keys list`.")]
PAGE = 1000


@app.command("list")
def keys_list(data: Data = DATA, database: Database = None, as_json: AsJson = False) -> None:
    """List keys that facts use and the key ring lacks. Exit code 1 unless all of them were given up."""
    with readable(data, database) as desk:
        found = missing_keys(desk)
    if as_json:
        show_json(found)
    else:
        columns = ("key", "subject", "state", "first used by", "facts", "missing since", "reported by")
        show_table(columns, [_row(key) for key in found])
    if any(key.state == "missing" for key in found):
        raise typer.Exit(1)


@app.command("accept-loss")
def accept_loss(
    keys: Keys = None,
    everything: Annotated[bool, typer.Option("--all", help="Every missing key.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Give up missing keys: texts under them stay unreadable, and their subjects get new keys. Cannot be undone."""
    if bool(keys) == everything:
        raise Failure("no key is named: give ids from `desk keys list`, or --all")
    with required(data) as desk:
        found = [key for key in missing_keys(desk) if key.state == "missing"]
        wanted = _chosen(found, keys)
        done = sum(_accepted(desk, service, wanted) for service in ServiceName)
    if as_json:
        show_json({"accepted": done})
    else:
        say(f"{counted(done, 'key')} given up" if done else "no key is missing")


@app.command("copy")
def copy(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The database with the other key ring.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Copy keys from a copy of the key ring, except those that this one has or that were erased here."""
    from desk.keyring.postgres import PostgresKeyRing

    with PostgresKeyRing(ring_url(data)) as ring:
        done = ring.copy_from(source)
    if as_json:
        show_json({"copied": done})
    else:
        say(f"{counted(done, 'key')} copied; check with `desk verify`")


class ReportedKey(UnreadKey, frozen=True, kw_only=True):
    """A key that the ring lacks, with the services that reported it."""

    services: list[str]


def missing_keys(desk: Desk) -> list[ReportedKey]:
    """Keys that the ring lacks, each once, with the services that reported it."""
    found: dict[str, ReportedKey] = {}
    for service in ServiceName:
        for item in desk.read(f"/{service}/keys", MissingKeys).items:
            before = found.get(item.key) or ReportedKey(**msgspec.structs.asdict(item), services=[])
            services, facts = [*before.services, service.value], max(before.facts, item.facts)
            found[item.key] = msgspec.structs.replace(before, services=services, facts=facts)
    return list(found.values())


def _row(key: ReportedKey) -> tuple[object, ...]:
    services = ", ".join(key.services)
    return key.key, key.subject, key.state, key.aggregate, key.facts, moment(key.since), services


def ring_url(data: Path) -> str:
    """URL of the key ring: DESK_KEYRING_URL, else the database of the desk that runs on `data`."""
    from desk_deploy.up import run_file

    found = run_file.read(data)
    database = found.database if found else os.environ.get("DESK_DATABASE_URL")
    url = os.environ.get("DESK_KEYRING_URL") or database
    if not url:
        raise Failure(f"no desk runs on {data}: start it, or set DESK_KEYRING_URL to the key ring's database")
    return url


def _chosen(found: list[ReportedKey], keys: list[str] | None) -> list[ReportedKey]:
    if not keys:
        return found
    unknown = sorted(set(keys) - {key.key for key in found})
    if unknown:
        raise Failure(f"these keys are not missing: {', '.join(unknown)}; see `desk keys list`")
    return [key for key in found if key.key in keys]


def _accepted(desk: Desk, service: ServiceName, wanted: list[ReportedKey]) -> int:
    """Accept the keys that this service reported first; a fact informs the other services."""
    mine = [key.key for key in wanted if key.services[0] == service.value]
    for start in range(0, len(mine), PAGE):
        desk.run(f"/{service}/keys/accept-loss", LossAccepted, {"keys": mine[start : start + PAGE]})
    return len(mine)
