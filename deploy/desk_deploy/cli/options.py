"""Options shared by commands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DATA = Path(".desk")
Data = Annotated[Path, typer.Option(metavar="DIR", help="Data directory of the desk.")]
Database = Annotated[
    str | None, typer.Option(metavar="URL", help="URL of a PostgreSQL database to use instead of the desk's own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class ServiceName(StrEnum):
    """The five services."""

    INTAKE = "intake"
    TRIAGE = "triage"
    SLA = "sla"
    BILLING = "billing"
    DOCS = "docs"


OneService = Annotated[ServiceName | None, typer.Option("--service", help="Only this service.")]
