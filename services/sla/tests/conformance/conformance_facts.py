"""Histories of the conformance cases: lines of facts, folded into what the engine takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from desk_sla.engine.history import Absence, Change, Cycle, Extension, History, Holder, Message, Reply, Wait
from desk_sla.engine.policies.selection import Subject

from .conformance import second

ZONES = ("client", "caller", "asset")
Fact = tuple[int, str, dict[str, str]]


def parse(line: str) -> Fact:
    """``2024-03-04T10:00Z waiting-started id=w1 on=client``."""
    at, name, *fields = line.split()
    return second(at), name, dict(field.split("=", 1) for field in fields)


def history(lines: list[str]) -> History:
    """The history of the facts, in order of occurrence; a fact that is applied twice is one fact."""
    facts = [parse(line) for line in dict.fromkeys(lines)]
    opened = next(fact for fact in facts if fact[1] == "opened")
    told = History(subject=_subject(opened[2]), cycles=(Cycle(opened[0]),))
    for at, name, fields in sorted((fact for fact in facts if fact is not opened), key=lambda fact: fact[0]):
        told = FOLD[name](told, at, fields)
    return told


def _subject(fields: Mapping[str, str]) -> Subject:
    zones = {source: fields[f"zone.{source}"] for source in ZONES if f"zone.{source}" in fields}
    plain = {key: value for key, value in fields.items() if not key.startswith("zone.")}
    return Subject(**plain, zones=zones)


Fold = Callable[[History, int, dict[str, str]], History]


def _change(told: History, at: int, fields: dict[str, str]) -> History:
    found = [Change(at, what, value) for what, value in fields.items()]  # type: ignore[arg-type]
    return replace(told, changes=(*told.changes, *found))


def _wait(told: History, at: int, fields: dict[str, str]) -> History:
    found = Wait(at, None, fields.get("on", "security"), fields["id"], fields.get("vendor"))  # type: ignore[arg-type]
    return replace(told, waits=(*told.waits, found))


def _wait_over(told: History, at: int, fields: dict[str, str]) -> History:
    return replace(told, waits=tuple(replace(w, end=at) if w.id == fields["id"] else w for w in told.waits))


def _ends(field: str) -> Fold:
    def fold(told: History, at: int, fields: dict[str, str]) -> History:
        return replace(told, cycles=(*told.cycles[:-1], replace(told.cycles[-1], **{field: at})))

    return fold


def _reply(told: History, at: int, fields: dict[str, str]) -> History:
    reply = Reply(
        at,
        fields.get("author", "human"),  # type: ignore[arg-type]
        fields.get("audience", "public") == "public",
        fields.get("requester", "yes") == "yes",
    )
    return replace(told, replies=(*told.replies, reply))


def _away(reason: Any) -> Fold:
    return lambda told, at, _: replace(told, absences=(*told.absences, Absence(at, None, reason)))


def _back(told: History, at: int, fields: dict[str, str]) -> History:
    return replace(told, absences=(*told.absences[:-1], replace(told.absences[-1], end=at)))


def _extension(told: History, at: int, fields: dict[str, str]) -> History:
    found = Extension(at, fields["clock"], int(fields.get("cycle", "1")), second(fields["due"]))
    return replace(told, extensions=(*told.extensions, found))


FOLD: dict[str, Fold] = {
    "priority-assessed": _change,
    "tier-captured": _change,
    "client-corrected": _change,
    "kind-changed": _change,
    "asset-linked": _change,
    "waiting-started": _wait,
    "caller-revoked": _wait,
    "waiting-ended": _wait_over,
    "caller-hold-cleared": _wait_over,
    "client-replied": lambda told, at, f: replace(
        told, messages=(*told.messages, Message(at, f["id"], f.get("auto") == "yes"))
    ),
    "reply-sent": _reply,
    "work-started": lambda told, at, _: replace(told, work_started=(*told.work_started, at)),
    "plan-given": lambda told, at, _: replace(told, planned=(*told.planned, at)),
    "queued": lambda told, at, f: replace(told, holders=(*told.holders, Holder(at, f.get("team")))),
    "resolved": _ends("resolved"),
    "closed": _ends("closed"),
    "cancelled": _ends("cancelled"),
    "reopened": lambda told, at, _: replace(told, cycles=(*told.cycles, Cycle(at))),
    "merged-into": _away("merged"),
    "unmerged": _back,
    "psa-gone": _away("gone"),
    "psa-back": _back,
    "merge-absorbed": lambda told, _, f: replace(told, absorbed=(*told.absorbed, second(f["opened"]))),
    "split-from": lambda told, _, f: replace(told, split_message_at=second(f["message_at"])),
    "target-extended": _extension,
    "status-changed": lambda told, _at, _f: told,
    "breach-noted": lambda told, _at, _f: told,
}
