"""`desk import`: years of an ITSM's history through the live path."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.locate_desk import living
from desk_deploy.cli.options import DATA, AsJson, Data, Database
from desk_deploy.cli.output import show_json, show_table

WORTH_PROCESSES = 20_000
"""Rows from which a process per service pays for its start."""
app = typer.Typer(no_args_is_help=True, help="History from an ITSM's log.")


@app.command("log")
def log(
    file: Annotated[Path, typer.Argument(help="The log: .csv or .csv.gz, one row per update.")],
    mapping: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="What the columns mean, see `desk import mappings`.")
    ],
    source: Annotated[str | None, typer.Option(help="Name of the source instead of the mapping's.")] = None,
    data: Data = DATA,
    database: Database = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once intake has the rows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in a log, row by row, in its order. The same file twice, or a longer one, adds only what is new."""
    from desk_deploy.cli.history.import_run import ImportRun
    from desk_deploy.cli.history.import_summary import show_summary
    from desk_deploy.cli.history.progress import progress
    from desk_intake.imports import load_mapping, open_log

    described = load_mapping(mapping)
    described = described.with_source(source) if source else described
    opened = open_log(file, described)
    several = opened.total_rows_estimate > WORTH_PROCESSES
    with living(data, database, processes=several) as desk, progress() as shown:
        result = ImportRun(desk, opened, shown).run(wait=not no_wait)
    show_summary(result, as_json=as_json)


@app.command("mappings")
def mappings(as_json: AsJson = False) -> None:
    """The mappings that ship. For another log write a file like them: see the handbook, import mappings."""
    from desk_intake.imports import built_in_mappings

    found = [
        {"name": m.name, "source": m.source, "client": m.client, "kind": m.kind, "duplicates": m.duplicates}
        for m in built_in_mappings()
    ]
    if as_json:
        show_json(found)
    else:
        show_table(("name", "source", "client", "kind", "duplicates"), [tuple(row.values()) for row in found])
