"""A run: the steps of one submit with their keys, stored before the first is sent, so that a half-done run goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.quick.steps import QuickTicket, Step, begin_of, steps_of

FOLDER = "runs"
State = Literal["planned", "sent", "done", "refused"]
"""planned: not sent; sent: unknown whether it was recorded; done: recorded, or nothing had to change."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its Idempotency-Key and what became of it; `code` and `detail` are of the last refusal."""

    step: Step
    key: str
    state: State = "planned"
    code: str = ""
    detail: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One submit, of work that ended `at`.

    `id` is the correlation id of its facts, `subject` the opened ticket, `seen` owner -> ownerseq, the highest of all
    answers. `sender` is the subject of the token: an Idempotency-Key repeats only commands of its own sender.
    """

    id: UUID
    ticket: QuickTicket
    called_at: datetime
    at: datetime
    session: str
    steps: tuple[Sent, ...]
    sender: str = ""
    subject: str | None = None
    seen: dict[str, int] = {}

    @property
    def whole(self) -> bool:
        """Whether every step is done."""
        return all(step.state == "done" for step in self.steps)


def planned(ticket: QuickTicket, now: datetime, new_id: Callable[[], UUID]) -> Run:
    """A run of which nothing was sent."""
    identity, session, called_at = new_id(), str(new_id()), begin_of(ticket, now)
    steps = tuple(Sent(step=step, key=str(new_id())) for step in steps_of(ticket, called_at, now, session))
    return Run(id=identity, ticket=ticket, called_at=called_at, at=now, session=session, steps=steps)


def changed(run: Run, ticket: QuickTicket, new_id: Callable[[], UUID]) -> Run:
    """The run with other fields. A changed step gets a new key; a step that was, or may have been, recorded stays.

    Failure when it would change such a step.
    """
    before = {sent.step.name: sent for sent in run.steps}
    steps = tuple(
        _kept(before.get(step.name), step, new_id) for step in steps_of(ticket, run.called_at, run.at, run.session)
    )
    left_out = before.keys() - {sent.step.name for sent in steps}
    for name in sorted(left_out):
        _ensure_free(before[name])
    return msgspec.structs.replace(run, ticket=ticket, steps=steps)


def _kept(before: Sent | None, step: Step, new_id: Callable[[], UUID]) -> Sent:
    if before is not None and before.step.body == step.body:
        return before
    if before is not None:
        _ensure_free(before)
    return Sent(step=step, key=str(new_id()))


def _ensure_free(sent: Sent) -> None:
    if sent.state == "done":
        raise Failure(f"{sent.step.name} is recorded already: go on without that change, and correct it on the ticket")
    if sent.state == "sent":
        raise Failure(f"{sent.step.name} may be recorded already: go on without that change first")


def sent_by(run: Run, sender: str) -> Run:
    """The run of this sender. Failure when another person sent its steps."""
    if run.sender not in ("", sender):
        raise Failure(f"run {run.id} is of {run.sender}: go on with a token of {run.sender} (`desk token --sub`)")
    return msgspec.structs.replace(run, sender=sender)


def stepped(run: Run, number: int, **result: object) -> Run:
    """The run with another result of one step."""
    steps = list(run.steps)
    steps[number] = msgspec.structs.replace(steps[number], **result)
    return msgspec.structs.replace(run, steps=tuple(steps))


class RunFiles:
    """The runs that are not whole, one file each, in the data directory. They hold texts: only the owner reads them."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def write(self, run: Run) -> None:
        """Write the file atomically; durable on return."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{run.id}.json"
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(run))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    def remove(self, run: Run) -> None:
        """Remove the file of a run that is whole."""
        (self._folder / f"{run.id}.json").unlink(missing_ok=True)

    def read(self, name: str) -> Run:
        """The run whose id begins with `name`. Failure when there is none, or several."""
        found = [path for path in sorted(self._folder.glob("*.json")) if name and path.stem.startswith(name)]
        if len(found) != 1:
            raise Failure(f"{len(found)} half-done runs begin with {name!r}: list them with `desk quick --half-done`")
        return self._decoded(found[0])

    def all(self) -> Sequence[Run]:
        """Every half-done run, the oldest first."""
        return sorted(map(self._decoded, self._folder.glob("*.json")), key=lambda run: run.at)

    def _decoded(self, path: Path) -> Run:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Run)
        except msgspec.MsgspecError as error:
            raise Failure(f"{path} cannot be read ({error}): it was written by another release; remove it") from error
