"""Sends triage's commands in tests of decisions."""

from __future__ import annotations

from typing import Any, NamedTuple

from desk.decision.command import decide
from desk.decision.reads import Found
from desk.decision.sources import NO_SOURCES, ConfiguredSources
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_triage.commands import COMMANDS
from desk_triage.decisions.attempts.fix import NAMED
from desk_triage.decisions.work_rules import classes_named

SOURCE = "one"
"""The source that `Only` has."""
DEVICES = (("ACME-FW01", "core-firewall"), ("dc1.acme.example", "domain-controller"))
"""Names and classes of Acme's devices that rules restrict."""
BY_NAME = {command.name: command for command in COMMANDS}


def send(
    story: Story,
    name: str,
    *,
    by: str = "tier1-tess",
    roles: str = "1",
    sources: ConfiguredSources = NO_SOURCES,
    **fields: Any,
) -> Outcome:
    """Run the command as it arrives over HTTP, with the checks that all commands share."""
    command = BY_NAME[name]
    body = command.body(**{"cycle": story.ticket.cycle, **fields})
    found = Found(c.CLIENT, {}, {NAMED.name: classes_named(fields.get("where") or fields.get("what") or "", DEVICES)})
    return story.when(lambda b, t, x: decide(command, b, t, x, found), body, by=by, roles=roles, sources=sources)


class Only(NamedTuple):
    """SOURCE, of one kind, which serves Acme alone."""

    kind: str

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return (SOURCE,) if (kind, client) == (self.kind, c.CLIENT) else ()
