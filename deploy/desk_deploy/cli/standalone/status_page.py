"""`desk status-page`: replay recorded polls of a vendor's status page."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import AsJson
from desk_deploy.cli.output import counted, say, show_json, show_table

if TYPE_CHECKING:
    from desk_integrations.incident_history import TrackedIncident

app = typer.Typer(no_args_is_help=True, help="Replay recorded polls of a vendor's status page.")
GZIP = b"\x1f\x8b"
COLUMNS = "id impact first_seen last_seen vanished_at resolved_at name"


class ReplayedChange(TypedDict):
    """A change and the poll that revealed it; `update` is the vendor's id of the update."""

    at: str
    status: str
    update: str | None


class ReplayedIncident(TypedDict):
    """An incident of the page. Times are those of the polls, in UTC."""

    id: str
    name: str
    impact: str
    first_seen: str
    last_seen: str
    changes: list[ReplayedChange]
    vanished_at: str | None
    resolved_at: str | None


class Replay(TypedDict):
    """The answer of `desk status-page replay --json`; incidents by their first poll."""

    polls: int
    unknown: int
    incidents: list[ReplayedIncident]


@app.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines with observed_at and summary; may be gzip.")],
    as_json: AsJson = False,
) -> None:
    """Print which incidents of the page were known when. Polls that are empty or torn are counted as unknown."""
    answer = replayed(file)
    if as_json:
        show_json(answer)
        return
    rows = answer["incidents"]
    if rows:
        show_table(COLUMNS.split(), [_cells(row) for row in rows])
    say(f"{counted(answer['polls'], 'poll')}, {answer['unknown']} unknown; {counted(len(rows), 'incident')}")


def replayed(file: Path) -> Replay:
    """The answer of the command. Raises `Failure` that names the file, and the line that cannot be used."""
    from desk_integrations.incident_history import history_of
    from desk_integrations.outcomes import Unknown
    from desk_integrations.status.statuspage import RecordingInvalid, recorded

    try:
        polls = list(recorded(_lines(file)))
    except RecordingInvalid as invalid:
        raise Failure(f"{file}: {invalid}") from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise Failure(f"{file}: the gzip file is damaged or cut off; copy it again") from None
    except OSError as error:
        raise Failure(f"{file}: cannot be read ({error.strerror or type(error).__name__})") from None
    history = history_of((poll.at, poll.outcome) for poll in polls if poll.at is not None)
    return {
        "polls": len(polls),
        "unknown": sum(isinstance(poll.outcome, Unknown) for poll in polls),
        "incidents": [_incident(tracked) for tracked in history.incidents.values()],
    }


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as raw:
        packed = raw.read(len(GZIP)) == GZIP
        raw.seek(0)
        if packed:
            with gzip.open(raw) as lines:
                yield from lines
        else:
            yield from raw


def _incident(tracked: TrackedIncident) -> ReplayedIncident:
    return {
        "id": tracked.incident.external,
        "name": tracked.incident.title,
        "impact": tracked.incident.impact,
        "first_seen": _text(tracked.first_seen),
        "last_seen": _text(tracked.last_seen),
        "changes": [
            {"at": _text(change.at), "status": change.status, "update": change.update} for change in tracked.changes
        ],
        "vanished_at": _text(tracked.vanished_at) if tracked.vanished_at else None,
        "resolved_at": _text(tracked.resolved_at) if tracked.resolved_at else None,
    }


def _cells(row: ReplayedIncident) -> list[str]:
    times = (row["first_seen"], row["last_seen"], row["vanished_at"] or "", row["resolved_at"] or "")
    return [row["id"], row["impact"], *times, row["name"]]


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
