"""Refusals of the two APIs: `{"error": {...}}` of the REST API, `{"status", "message", "errors"}` of the Events API."""

from collections.abc import Sequence

from desk_simulators.kit.errors import ApiError


def failure(status: int, message: str, code: int, errors: Sequence[str] = ()) -> ApiError:
    """A refusal of the REST API."""
    details = {"errors": list(errors)} if errors else {}
    return ApiError(status, {"error": {"message": message, "code": code, **details}}, message)


def missing(what: str) -> ApiError:
    return failure(404, f"{what} Not Found", 5001 if what != "Service" else 5002)


def invalid_input(*errors: str) -> ApiError:
    return failure(400, "Invalid Input Provided", 2001, errors)


def invalid_event(*errors: str) -> ApiError:
    """A refusal of the Events API. It names the fields."""
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}
    return ApiError(400, body, "invalid event")


def unrecognized_event() -> ApiError:
    body = {
        "status": "Unrecognized object",
        "message": "Event object format is unrecognized",
        "errors": ["JSON parse error"],
    }
    return ApiError(400, body, "unrecognized event")


def throttled_event() -> ApiError:
    """The event is not ingested. No time is named."""
    body = {
        "status": "throttle exceeded",
        "message": "Requests for this service are arriving too quickly. Please retry later.",
        "errors": ["Request Limit Exceeded"],
    }
    return ApiError(429, body, "throttled")
