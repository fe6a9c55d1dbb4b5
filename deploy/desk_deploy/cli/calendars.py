"""`desk sla calendar`: print a year of a calendar, published or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.http.admin.policy_responses import Content, PolicyVersion
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import readable
from desk_deploy.cli.options import DATA, Data
from desk_deploy.cli.output import say
from desk_deploy.cli.pictures import Svg, written
from desk_deploy.cli.policies import document

if TYPE_CHECKING:
    from desk.calendars.calendar import Calendar

FIRST, LAST = 1971, 2098


def calendar(
    named: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="File with a calendar document, or name of a calendar.")
    ],
    year: Annotated[int, typer.Option(min=FIRST, max=LAST, help="Year to print.")],
    zone: Annotated[str | None, typer.Option(help="Time zone, instead of the calendar's own.")] = None,
    svg: Svg = None,
    data: Data = DATA,
) -> None:
    """Print a year of a calendar: days, holidays, clock changes, working time per month. A file needs no desk."""
    from desk_sla.engine.svg.calendar_picture import year_svg, year_text

    found = _compiled(_content(named, data), zone)
    if svg is not None:
        written(svg, year_svg(found, year))
        return
    for line in year_text(found, year).splitlines():
        say(line)


def _content(named: str, data: Path) -> Content:
    file = Path(named)
    if file.suffix or file.exists():
        return document(file)
    from desk.calendars.documents import BUILTIN_CALENDARS, builtin_content

    name = named.removeprefix("calendar:")
    try:
        with readable(data) as desk:
            return desk.read(f"/sla/policies/calendar:{name}", PolicyVersion).content
    except Failure as failure:
        if name in BUILTIN_CALENDARS:
            return dict(builtin_content(name))
        raise Failure(f"no calendar {name!r} (built in: {', '.join(BUILTIN_CALENDARS)}): {failure}") from failure


def _compiled(content: Content, zone: str | None) -> Calendar:
    from desk.calendars.calendar import compile_calendar
    from desk.calendars.calendar_document import load_calendar
    from desk.calendars.problems import DocumentError

    try:
        return compile_calendar(load_calendar(content), zone)
    except DocumentError as wrong:
        lines = "".join(f"\n  {p.field}: {p.fault}: {p.remedy}" for p in wrong.problems)
        raise Failure(f"{wrong.document} cannot be used:{lines}") from wrong
