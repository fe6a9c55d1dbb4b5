"""Sends the steps of a run one after the other, until all are done or one is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

import httpx
import msgspec

from desk.http.commands.command_answer import REPEATED, SEEN, CommandAnswer, format_seen
from desk_deploy.cli.client import Desk, checked, shaped
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.quick.run import Run, Sent, stepped
from desk_deploy.cli.quick.steps import OPENS, PATIENT

AGAIN = frozenset({"not_heard_yet", "unavailable"})
"""Refusals after which the same command is sent again."""
EARLY = frozenset({"gates_open", "time_unrated", "window_open"})
"""Refusals of a patient step that may end by themselves."""
PAUSE = 0.25
Store = Callable[[Run], None]


class Clock:
    """The time that a run waits by, in seconds."""

    def monotonic(self) -> float:
        """Seconds since some start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def send(desk: Desk, run: Run, store: Store, patience: float, clock: Clock | None = None) -> Run:
    """Send every step that is not done, with the key that the run has for it. Returns the run as far as it came: whole,
    or with one step refused. `store` is called before and after each step.

    httpx.TransportError when no answer came; the step is then stored as sent.
    """
    for number, sent in enumerate(run.steps):
        if sent.state == "done":
            continue
        run = stepped(run, number, state="sent", code="", detail="")
        store(run)
        run = _outcome(desk, run, number, patience, clock or Clock())
        store(run)
        if run.steps[number].state != "done":
            break
    return run


def _outcome(desk: Desk, run: Run, number: int, patience: float, clock: Clock) -> Run:
    sent, end = run.steps[number], clock.monotonic() + patience
    while True:
        response = desk.exchange(_path(run, sent), sent.step.body, _headers(run, sent))
        try:
            answer = shaped(checked(response), CommandAnswer)
        except Failure as refused:
            if _may_end(refused, sent) and clock.monotonic() < end:
                clock.sleep(PAUSE)
                continue
            return _refused(run, number, refused, response)
        return _done(run, number, answer, response)


def _path(run: Run, sent: Sent) -> str:
    if sent.step.name == OPENS:
        return f"/{sent.step.service}/tickets"
    return f"/{sent.step.service}/tickets/{quote(run.subject or '', safe='')}/{sent.step.name}"


def _headers(run: Run, sent: Sent) -> Mapping[str, str]:
    headers = {"Idempotency-Key": sent.key, "Desk-Correlation": str(run.id)}
    return headers | ({SEEN: format_seen(run.seen)} if run.seen else {})


def _may_end(refused: Failure, sent: Sent) -> bool:
    return refused.code in AGAIN or (sent.step.name in PATIENT and refused.code in EARLY)


def _refused(run: Run, number: int, refused: Failure, response: httpx.Response) -> Run:
    """The step was certainly not recorded, except where the service failed."""
    state = "sent" if response.is_server_error else "refused"
    return stepped(run, number, state=state, code=refused.code, detail=str(refused))


def _done(run: Run, number: int, answer: CommandAnswer, response: httpx.Response) -> Run:
    detail = ", ".join(answer.names) or "no change"
    if REPEATED in response.headers:
        detail = f"{detail} (recorded earlier)"
    seen = {owner: max(run.seen.get(owner, 0), answer.seen.get(owner, 0)) for owner in run.seen | answer.seen}
    run = msgspec.structs.replace(run, subject=run.subject or answer.subject, seen=seen)
    return stepped(run, number, state="done", code="", detail=detail)
