"""`desk keys`: what the key ring lacks, repairing it from a copy, giving up what is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import readable, required
from desk_deploy.cli.options import DATA, AsJson, Data, Database, ServiceName
from desk_deploy.cli.output import say, show_json, show_table

if TYPE_CHECKING:
    from pathlib import Path

    from desk_deploy.cli.client import Desk

app = typer.Typer(no_args_is_help=True, help="Keys of sealed texts: what the key ring lacks, and what to do about it.")
Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="Ids as `desk keys list` shows them.")]
FIELDS = ("key", "subject", "state", "aggregate", "facts", "since")
PAGE = 1000


@app.command("list")
def keys_list(data: Data = DATA, database: Database = None, as_json: AsJson = False) -> None:
    """List keys that facts name and the key ring does not have. Exit code 1 when one is not given up."""
    with readable(data, database) as desk:
        found = missing_keys(desk)
    if as_json:
        show_json(found)
    else:
        columns = ("key", "subject", "state", "first named on", "facts", "since", "noticed by")
        show_table(columns, [[*(key[c] for c in FIELDS), ", ".join(key["services"])] for key in found])
    if any(key["state"] == "missing" for key in found):
        raise typer.Exit(1)


@app.command("accept-loss")
def accept_loss(
    keys: Keys = None,
    everything: Annotated[bool, typer.Option("--all", help="Every missing key.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Give keys up: texts under them stay unreadable, their subjects get new keys. Recorded; cannot be undone."""
    if bool(keys) == everything:
        raise Failure("say which keys are given up: their ids, or --all")
    with required(data) as desk:
        found = [key for key in missing_keys(desk) if key["state"] == "missing"]
        wanted = _chosen(found, keys)
        done = sum(_accepted(desk, service, wanted) for service in ServiceName)
    if as_json:
        show_json({"accepted": done})
    else:
        say(f"{done:,} keys given up" if done else "no key is missing")


@app.command("copy")
def copy(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The database with the other key ring.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Bring keys in from a copy of the key ring: those that this one lacks and does not remember as erased."""
    from desk.keyring.postgres import PostgresKeyRing

    with PostgresKeyRing(ring_url(data)) as ring:
        done = ring.copy_from(source)
    if as_json:
        show_json({"copied": done})
    else:
        say(f"{done:,} keys brought in: see `desk verify`")


def missing_keys(desk: Desk) -> list[dict[str, Any]]:
    """Keys that the ring lacks as each service's facts name them, each once with the services that noticed it."""
    found: dict[str, dict[str, Any]] = {}
    for service in ServiceName:
        for item in desk.get(f"/{service}/keys")["items"]:
            entry = found.setdefault(item["key"], {**item, "services": []})
            entry["services"].append(service.value)
            entry["facts"] = max(entry["facts"], item["facts"])
    return list(found.values())


def ring_url(data: Path) -> str:
    """The key ring of the desk: of DESK_KEYRING_URL, else in the database of the desk that runs on `data`."""
    from desk_deploy.up import run_file

    found = run_file.read(data)
    database = found.database if found else os.environ.get("DESK_DATABASE_URL")
    url = os.environ.get("DESK_KEYRING_URL") or database
    if not url:
        raise Failure(f"no desk runs on {data}: start it, or set DESK_KEYRING_URL to the key ring's database")
    return url


def _chosen(found: list[dict[str, Any]], keys: list[str] | None) -> list[dict[str, Any]]:
    if not keys:
        return found
    unknown = sorted(set(keys) - {key["key"] for key in found})
    if unknown:
        raise Failure(f"not missing: {', '.join(unknown)}: see `desk keys list`")
    return [key for key in found if key["key"] in keys]


def _accepted(desk: Desk, service: ServiceName, wanted: list[dict[str, Any]]) -> int:
    """Accept in each service the keys that it noticed first of all; a fact carries it to the others."""
    mine = [key["key"] for key in wanted if key["services"][0] == service.value]
    for start in range(0, len(mine), PAGE):
        desk.post(f"/{service}/keys/accept-loss", {"keys": mine[start : start + PAGE]})
    return len(mine)
