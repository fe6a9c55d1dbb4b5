"""`desk import`: import the history of an ITSM through the live path."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.locate_desk import active
from desk_deploy.cli.options import DATA, AsJson, Data, Database
from desk_deploy.cli.output import show_json, show_table

WORTH_PROCESSES = 20_000
"""Number of rows above which one process per service is faster."""
app = typer.Typer(no_args_is_help=True, help="Import the history of an ITSM from a log.")


@app.command("log")
def log(
    file: Annotated[Path, typer.Argument(help="Log as .csv or .csv.gz, one row per update.")],
    mapping: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Mapping of the columns, see `desk import mappings`.")
    ],
    source: Annotated[str | None, typer.Option(help="Name of the source, instead of the mapping's.")] = None,
    data: Data = DATA,
    database: Database = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return when intake has recorded the rows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a log in the order of its rows. Importing the same or a longer file again adds only new rows."""
    from desk_deploy.cli.history.import_run import ImportRun
    from desk_deploy.cli.history.import_summary import show_summary
    from desk_deploy.cli.history.progress import progress
    from desk_intake.imports import load_mapping, open_log

    described = load_mapping(mapping)
    described = described.with_source(source) if source else described
    log_file = open_log(file, described)
    several = log_file.total_rows_estimate > WORTH_PROCESSES
    with active(data, database, processes=several) as desk, progress() as display:
        result = ImportRun(desk, log_file, display).run(wait=not no_wait)
    show_summary(result, as_json=as_json)


@app.command("mappings")
def mappings(as_json: AsJson = False) -> None:
    """List the built-in mappings. For other logs, write a mapping file: see `handbook/import-mappings.md`."""
    from desk_intake.imports import built_in_mappings

    found = [
        {"name": m.name, "source": m.source, "client": m.client, "kind": m.kind, "duplicates": m.duplicates}
        for m in built_in_mappings()
    ]
    if as_json:
        show_json(found)
    else:
        show_table(("name", "source", "client", "kind", "duplicates"), [tuple(row.values()) for row in found])
