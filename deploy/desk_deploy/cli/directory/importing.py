"""`desk directory import` and `sample`: clients, contacts, devices, agreements and staff from a file."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.client import Desk
from desk_deploy.cli.directory.commands import Record, add
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import counted, say, show_json
from desk_deploy.resources import resource

app = typer.Typer(no_args_is_help=True, help="Import the directory of a desk without a PSA.")
SAMPLE = "sample-directory.yaml"


@app.command("sample")
def sample() -> None:
    """Print a directory file to start from: two clients, their contacts and devices, an agreement, and staff."""
    sys.stdout.write(resource(SAMPLE).read_text("utf-8"))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file (*.csv) or a YAML file.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Record everything in the file that is new or changed. A file with a record that is not valid is not begun."""
    from desk_deploy.cli.directory.file import records

    found = records(file)
    with required(data) as desk:
        counts, refused = _send(desk, found)
    if as_json:
        show_json({"recorded": counts["recorded"], "unchanged": counts["unchanged"], "refused": refused})
    else:
        say(f"{counted(counts['recorded'], 'record')} recorded, {counts['unchanged']:,} unchanged")
    if refused:
        raise Failure("; ".join(f"{one['place']}: {one['detail']}" for one in refused), refused[0]["code"])


def _send(desk: Desk, found: list[Record]) -> tuple[Counter[str], list[dict[str, str]]]:
    counts, refused = Counter[str](), list[dict[str, str]]()
    for record in found:
        try:
            counts["recorded" if add(desk, record) else "unchanged"] += 1
        except Failure as failure:
            named = {"place": record.place, "kind": record.kind, "id": record.name}
            refused.append({**named, "code": failure.code, "detail": str(failure)})
    return counts, refused
