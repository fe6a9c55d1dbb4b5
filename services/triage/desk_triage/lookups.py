"""Look-ups that triage's commands make in its own replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from desk.contract.event import Stream
from desk.contract.streams.client import Client
from desk.decision.reads import Lookup
from desk.service.parts import Parts
from desk_triage.decisions.attempts.fix import NAMED, RecordFix
from desk_triage.decisions.work_rules import Classes, classes_named, restricted


def lookups(parts: Parts) -> Mapping[str, Lookup]:
    """`named_devices`: classes, of those that a rule restricts, of the client's devices that a fix names."""

    def named(body: RecordFix, client: str) -> Classes:
        state: Client = parts.service.log.replica(Stream.CLIENTS, client).state
        return classes_named(body.where or body.what, _devices(parts, state))

    return dict((NAMED.answered_by(named),))


def _devices(parts: Parts, client: Client) -> Iterator[tuple[str, str]]:
    """The names of every device of a restricted class, each with the class: its host name and its id here."""
    classes = restricted(parts.policies)
    for subject, device in client.devices.items():
        if device.asset_class in classes:
            yield subject, device.asset_class
            hostname = parts.unseal(device.hostname)
            if isinstance(hostname, str):
                yield hostname, device.asset_class
