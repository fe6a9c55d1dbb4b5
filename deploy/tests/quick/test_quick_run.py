"""A quick ticket as a run of commands: their order, their keys, and what a refusal or a lost answer leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.quick.command import FIELDS, quick
from desk_deploy.cli.quick.run import Run, RunFiles, changed, planned, sent_by
from desk_deploy.cli.quick.sending import Clock, send
from desk_deploy.cli.quick.steps import PATIENT, QuickTicket, problems, steps_of

NOW = datetime(2026, 3, 2, 9, 30, 15, 999, tzinfo=UTC)
TICKET = QuickTicket(
    client="acme",
    contact="acme-pat",
    problem="VPN drops",
    symptom="vpn-drop",
    device="lt-1",
    done=("set MTU 1400",),
    seen="on-site",
    summary="Your VPN is stable again.",
    minutes=10,
    code="network",
)
ORDER = [
    "open-ticket", "verify-caller", "link-asset", "assess-priority", "take", "start-work", "record-fix", "verify-fix",
    "document-resolution", "resolve", "send-summary", "log-time", "confirm-time", "sign-off", "close",
]  # fmt: skip


def other(**fields: Any) -> QuickTicket:
    return msgspec.structs.replace(TICKET, **fields)


def ids(start: int = 1) -> Callable[[], UUID]:
    numbers = count(start)
    return lambda: UUID(int=next(numbers))


class StoppedClock(Clock):
    """Time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Service:
    """Answers commands as the desk does: once per key; `refuse` maps a command to the problems that come first."""

    def __init__(self) -> None:
        self.recorded: dict[str, str] = {}
        self.asked: list[httpx.Request] = []
        self.refuse: dict[str, list[dict[str, Any]]] = {}
        self.lose: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = request.url.path.rsplit("/", 1)[1]
        if self.refuse.get(name):
            problem = self.refuse[name].pop(0)
            return httpx.Response(problem["status"], json={"title": "Refused", **problem})
        repeated = request.headers["Idempotency-Key"] in self.recorded
        self.recorded[request.headers["Idempotency-Key"]] = name
        if name in self.lose:
            self.lose.discard(name)
            raise httpx.ReadError("the answer was lost")
        fact = {"id": str(UUID(int=7)), "type": f"desk.x.{name}-recorded.v1", "ownerseq": 1}
        owner = request.url.path.split("/")[1]
        answer = {"subject": "t-1", "facts": [fact], "seen": {owner: len(self.recorded)}}
        return httpx.Response(200, json=answer, headers={"Idempotency-Repeated": "true"} if repeated else {})

    def names(self) -> list[str]:
        return ["open-ticket" if name == "tickets" else name for name in self.recorded.values()]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:
    with Desk("http://desk", "token", httpx.MockTransport(service)) as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path)


def run_of(ticket: QuickTicket = TICKET) -> Run:
    return planned(ticket, NOW, ids())


def test_the_steps_of_a_ticket_with_a_device_and_time() -> None:
    steps = {step.name: step for step in steps_of(TICKET, NOW - timedelta(minutes=10), NOW, "s-1")}
    assert list(steps) == ORDER
    assert steps["open-ticket"].body["opened_at"] == steps["log-time"].body["start"] == "2026-03-02T09:20:15Z"
    assert steps["log-time"].body["end"] == "2026-03-02T09:30:15Z"
    assert "cycle" not in steps["open-ticket"].body
    assert {step.body["cycle"] for step in steps.values() if step.name != "open-ticket"} == {1}
    assert steps.keys() >= PATIENT


def test_a_session_is_opened_before_the_fix_and_ended_after_the_check() -> None:
    steps = steps_of(other(seen="session", tool="screenconnect"), NOW - timedelta(minutes=10), NOW, "s-1")
    names = [step.name for step in steps]
    assert names[6:10] == ["open-session", "record-fix", "verify-fix", "end-session"]
    assert {step.body.get("session") for step in steps[6:10]} == {"s-1"}


def test_no_device_is_waived_and_no_time_is_confirmed_with_its_reason() -> None:
    ticket = other(
        device=None, no_device="cloud-service", minutes=None, no_time="goodwill", cause="The MTU is too large"
    )
    steps = {step.name: step.body for step in steps_of(ticket, NOW - timedelta(minutes=10), NOW, "s-1")}
    assert steps["waive-asset"]["reason"] == "cloud-service" and "link-asset" not in steps
    assert steps["confirm-time"]["zero_reason"] == "goodwill" and "log-time" not in steps
    assert steps["document-resolution"]["root_cause"] == "The MTU is too large"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"device": None}, "--device"),
        ({"no_device": "cloud-service"}, "--no-device"),
        ({"minutes": None}, "--minutes"),
        ({"no_time": "goodwill"}, "--no-time"),
        ({"minutes": 0}, "--minutes: give 1"),
        ({"done": ()}, "--done"),
        ({"seen": "session"}, "--tool"),
    ],
)
def test_fields_that_are_missing_or_exclude_each_other_are_named(fields: dict[str, Any], named: str) -> None:
    assert any(named in problem for problem in problems(other(**fields)))


def test_a_whole_ticket_has_no_problems_and_every_field_an_option() -> None:
    assert list(problems(TICKET)) == []
    assert set(FIELDS) == {field.name for field in msgspec.structs.fields(QuickTicket)}
    assert quick.__doc__


def test_all_steps_are_sent_once_in_order_with_one_correlation(desk: Desk, service: Service, files: RunFiles) -> None:
    stored: list[Run] = []
    run = send(desk, run_of(), stored.append, 0)
    assert run.whole and run.subject == "t-1"
    assert service.names() == ORDER
    assert {request.headers["Desk-Correlation"] for request in service.asked} == {str(run.id)}
    assert len({request.headers["Idempotency-Key"] for request in service.asked}) == len(ORDER)
    assert "Desk-Seen" not in service.asked[0].headers
    assert service.asked[-1].headers["Desk-Seen"] == "billing=13, docs=14, intake=3, triage=10"
    assert [step.state for step in stored[0].steps[:2]] == ["sent", "planned"], "stored before it is sent"


def test_a_refused_step_ends_the_run_and_going_on_repeats_nothing(
    desk: Desk, service: Service, files: RunFiles
) -> None:
    service.refuse["send-summary"] = [{"status": 409, "code": "internal_detail", "detail": "a path"}]
    halted = send(desk, run_of(), files.write, 0)
    assert not halted.whole and service.names() == ORDER[:10]
    refused = halted.steps[10]
    assert (refused.state, refused.code) == ("refused", "internal_detail") and "a path" in refused.detail
    (again,) = files.all()
    assert again == halted
    mended = changed(files.read(str(halted.id)), other(summary="All is well."), ids(100))
    assert mended.steps[10].key != refused.key and mended.steps[11].key == halted.steps[11].key
    assert send(desk, mended, files.write, 0).whole
    assert service.names() == ORDER
    assert json.loads(service.asked[11].content)["text"] == "All is well."


def test_a_step_without_an_answer_is_repeated_with_its_key_and_may_not_change(
    desk: Desk, service: Service, files: RunFiles
) -> None:
    service.lose = {"take"}
    with pytest.raises(httpx.ReadError):
        send(desk, run_of(), files.write, 0)
    (halted,) = files.all()
    assert [step.state for step in halted.steps[3:6]] == ["done", "sent", "planned"]
    service.lose = {"send-summary"}
    with pytest.raises(httpx.ReadError):
        send(desk, halted, files.write, 0)
    (halted,) = files.all()
    assert halted.steps[4].detail.endswith("(recorded earlier)")
    with pytest.raises(Failure, match="send-summary may be recorded already: go on without that change first"):
        changed(halted, other(summary="Other words"), ids(100))
    assert send(desk, halted, files.write, 0).whole
    assert service.names() == ORDER


def test_a_step_that_is_recorded_is_not_changed(desk: Desk, service: Service, files: RunFiles) -> None:
    service.refuse["close"] = [{"status": 409, "code": "code_missing"}]
    halted = send(desk, run_of(), files.write, 0)
    with pytest.raises(Failure, match="open-ticket is recorded already"):
        changed(halted, other(problem="Printer"), ids(100))
    with pytest.raises(Failure, match="confirm-time is recorded already"):
        changed(halted, other(minutes=None, no_time="goodwill"), ids(100))
    service.refuse["log-time"] = [{"status": 409, "code": "overlap"}]
    halted = send(desk, planned(TICKET, NOW, ids(50)), files.write, 0)
    shorter = changed(halted, other(minutes=5), ids(200)).steps
    assert shorter[11].step.body["start"] == "2026-03-02T09:25:15Z"
    assert [step.key for step in shorter[:11]] == [step.key for step in halted.steps[:11]]


def test_the_refused_step_is_changed(desk: Desk, service: Service, files: RunFiles) -> None:
    service.refuse["close"] = [{"status": 409, "code": "code_missing"}]
    halted = send(desk, run_of(), files.write, 0)
    assert changed(halted, other(code="access"), ids(100)).steps[-1].step.body["code"] == "access"


def test_a_patient_step_waits_for_other_services_and_not_for_ever(desk: Desk, service: Service) -> None:
    early = {"status": 409, "code": "gates_open"}
    service.refuse["resolve"] = [early] * 3
    service.refuse["verify-caller"] = [{"status": 409, "code": "not_heard_yet"}]
    clock = StoppedClock()
    assert send(desk, run_of(), lambda _: None, 30, clock).whole
    assert clock.now == 1.0
    service.refuse["resolve"] = [early] * 1000
    halted = send(desk, planned(TICKET, NOW, ids(50)), lambda _: None, 30, clock)
    assert (halted.steps[9].code, clock.now) == ("gates_open", 31.0)


def test_a_step_that_nothing_but_a_person_can_meet_is_not_waited_for(desk: Desk, service: Service) -> None:
    service.refuse["start-work"] = [{"status": 409, "code": "gates_open"}, {"status": 409, "code": "never asked"}]
    clock = StoppedClock()
    assert send(desk, run_of(), lambda _: None, 30, clock).steps[5].code == "gates_open"
    assert clock.now == 0.0


def test_a_failure_of_the_service_leaves_unknown_whether_it_was_recorded(desk: Desk, service: Service) -> None:
    service.refuse["take"] = [{"status": 500, "code": "internal_error"}]
    assert send(desk, run_of(), lambda _: None, 0).steps[4].state == "sent"


def test_a_run_goes_on_only_for_who_began_it() -> None:
    run = sent_by(run_of(), "tess")
    assert sent_by(run, "tess") == run
    with pytest.raises(Failure, match="is of tess: go on with a token of tess"):
        sent_by(run, "tom")


def test_files_of_runs_are_private_and_named_by_the_begin_of_their_id(files: RunFiles, tmp_path: Path) -> None:
    run = run_of()
    files.write(run)
    (path,) = (tmp_path / "runs").iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert files.read(str(run.id)[:8]) == run
    for name in ("", "ffff"):
        with pytest.raises(Failure, match="0 half-done runs begin with"):
            files.read(name)
    files.remove(run)
    assert files.all() == []


def test_a_file_of_another_release_is_named(files: RunFiles, tmp_path: Path) -> None:
    files.write(run_of())
    (path,) = (tmp_path / "runs").iterdir()
    path.write_text("{}")
    with pytest.raises(Failure, match="was written by another release; remove it"):
        files.all()
