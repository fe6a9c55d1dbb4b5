"""Read-your-writes across services: `Desk-Seen: docs=7, triage=3` names the facts that the caller has seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from desk.contract.event import OWNERS
from desk.decision.refusal import Refusal
from desk.http.commands.command_answer import SEEN
from desk.http.problems.problem import invalid_field

PATIENCE, LONGEST = 2.0, 500
_PART = re.compile(r"\s*([a-z]+)\s*=\s*([0-9]{1,9})\s*")
_REMEDY = "Send the Desk-Seen of an earlier response, e.g. docs=7, triage=3."


class Progress(Protocol):
    """The facts of a ticket that a service has applied."""

    async def wait_applied(self, ticket_id: str, vector: Mapping[str, int], timeout: float) -> Mapping[str, int]:  # noqa: ASYNC109
        """Wait until the replica holds, for every owner of `vector`, at least that ownerseq; at most `timeout` seconds.

        Returns the owners that are still behind, with the ownerseq held; empty when everything is applied.
        """


def parse_seen(header: str | None, name: str = SEEN) -> dict[str, int]:
    """`docs=7, triage=3` -> {"docs": 7, "triage": 3}; empty without header. Problem `invalid_field` if malformed or
    longer than LONGEST characters; `name` is the header that it names."""
    if header is None or not header.strip():
        return {}
    if len(header) > LONGEST:
        raise invalid_field(name, f"the header has more than {LONGEST} characters", _REMEDY, "header")
    seen: dict[str, int] = {}
    for part in header.split(","):
        match = _PART.fullmatch(part)
        if match is None or match[1] not in OWNERS:
            raise invalid_field(name, f"each part is owner=number, owner one of {', '.join(OWNERS)}", _REMEDY, "header")
        if match[1] in seen:
            raise invalid_field(name, f"{match[1]} is named twice", _REMEDY, "header")
        seen[match[1]] = int(match[2])
    return seen


async def ensure_applied(
    replica_progress: Progress, ticket_id: str, vector: Mapping[str, int], patience: float = PATIENCE
) -> None:
    """Refusal `not_heard_yet` (retryable) when the service has not applied `vector` within `patience` seconds."""
    if not vector:
        return
    behind = await replica_progress.wait_applied(ticket_id, vector, patience)
    if behind:
        names = ", ".join(f"{owner} (has {held}, seen {vector[owner]})" for owner, held in sorted(behind.items()))
        raise Refusal("not_heard_yet", f"still behind: {names}", behind=dict(behind))
