"""The Events API v2: no sign-in, the routing key in the body; events are checked, then processed or kept waiting."""

from uuid import UUID, uuid5

from starlette.requests import Request

from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.errors import invalid_event, throttled_event, unrecognized_event
from desk_simulators.pagerduty.faults import Faults
from desk_simulators.pagerduty.http.listing import Call
from desk_simulators.pagerduty.pager import Pager
from desk_simulators.pagerduty.state import PagerState

ENQUEUE = "v2/enqueue"
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")
LONGEST_BODY, LONGEST_KEY, LONGEST_SUMMARY = 512 * 1024, 255, 1024
SENDER = "events"
KEYS = UUID("8a9d6f0e-6c1b-4f52-9d53-6b1f2f0f7e11")


class EventsGateway(kit.Gateway[PagerState, str]):
    """Both regions' `events.` host."""

    def __init__(self, state: PagerState, faults: Faults, ledger: Ledger, scale: float) -> None:
        super().__init__(state, faults, ledger, Router({("POST", ENQUEUE): self._enqueue}), scale=scale)
        self._limit = RateLimit(state.now, lambda: state.behaviour.events_per_minute)
        self._pager = Pager(state)

    def api_path(self, path: str) -> str | None:
        return path

    def admit(self, request: Request, path: str) -> str:
        if int(request.headers.get("content-length", "0") or 0) > LONGEST_BODY:
            raise ApiError(413, {"status": "invalid event", "message": "Event is too large", "errors": ["512 KB"]})
        return SENDER

    def caller(self, actor: str) -> str:
        return actor

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def missing_path(self, *, method_only: bool) -> ApiError:
        return ApiError(404, {"status": "Not Found", "message": "Not Found", "errors": ["No such path"]})

    def too_many_requests(self, seconds: int) -> ApiError:
        return throttled_event()

    def server_error(self) -> ApiError:
        message = "The server experienced an error while processing the event"
        return ApiError(500, {"status": "internal error", "message": message, "errors": [message]})

    def bad_body(self, reason: str) -> ApiError:
        return unrecognized_event()

    def missing_page(self) -> Reply:
        return Reply(404, content=b"", media_type=None)

    def _enqueue(self, call: Call) -> Reply:
        event = call.body
        if not isinstance(event, dict):
            raise unrecognized_event()
        problems = check(event)
        if problems:
            raise invalid_event(*problems)
        if self._pager.service_of(event["routing_key"]) is None:
            raise invalid_event("Invalid routing key")
        if self._limit.spend(event["routing_key"]) is not None:
            raise throttled_event()
        number = len(self.state.waiting) + self.state.revision
        event = {**event, "dedup_key": event.get("dedup_key") or uuid5(KEYS, str(number)).hex}
        self.state.waiting.append(event)
        if self.state.behaviour.processes_at_once:
            self._pager.process()
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]})


def check(event: Record) -> list[str]:
    """The problems of an event, in the vendor's words."""
    action = event.get("event_action")
    problems = [_text(event, name, f"'{name}'") for name in ("routing_key", "event_action")]
    if action is not None and action not in ACTIONS:
        problems.append(_choice("event_action", ACTIONS))
    key = event.get("dedup_key")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_KEY):
        problems.append(f"'dedup_key' is invalid (must be a text of at most {LONGEST_KEY} characters)")
    if action in ("acknowledge", "resolve") and not key:
        problems.append("'dedup_key' is missing or blank")
    if action == "trigger":
        problems += _payload(event.get("payload"))
    return [problem for problem in problems if problem]


def _payload(payload: object) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    problems = [_text(payload, name, f"'payload.{name}'") for name in ("summary", "source", "severity")]
    severity, summary = payload.get("severity"), payload.get("summary")
    if severity and severity not in SEVERITIES:
        problems.append(_choice("payload.severity", SEVERITIES))
    if isinstance(summary, str) and len(summary) > LONGEST_SUMMARY:
        problems.append(f"'payload.summary' is too long (maximum is {LONGEST_SUMMARY} characters)")
    if not isinstance(payload.get("custom_details", {}), dict):
        problems.append("'payload.custom_details' is invalid (must be an object)")
    return problems


def _text(values: Record, name: str, label: str) -> str:
    value = values.get(name)
    if value is None or value == "":
        return f"{label} is missing or blank"
    return "" if isinstance(value, str) else f"{label} is invalid (must be a string)"


def _choice(name: str, choices: tuple[str, ...]) -> str:
    *first, last = (f"'{choice}'" for choice in choices)
    return f"'{name}' is invalid (must be one of the following: {', '.join(first)} or {last})"
