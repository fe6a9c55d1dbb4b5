"""Error answers of the NinjaOne API."""

from itertools import count
from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.errors import ApiError

_incidents = count(1)


def failure(status: int, message: str) -> ApiError:
    """`{resultCode, errorMessage, incidentId}`, the form of every refusal but 429."""
    incident = str(uuid5(NAMESPACE_OID, f"incident:{next(_incidents)}"))
    return ApiError(status, {"resultCode": "FAILURE", "errorMessage": message, "incidentId": incident}, message)


def unauthorized() -> ApiError:
    return failure(401, "Unauthorized")


def forbidden() -> ApiError:
    return failure(403, "Forbidden")


def missing(what: str) -> ApiError:
    """404 of a record, such as `node_not_found`."""
    return failure(404, f"{what}_not_found")


def bad_value(name: str, reason: str) -> ApiError:
    return failure(400, f"{name}: {reason}")


def too_many_requests(seconds: int) -> ApiError:
    return ApiError(429, {"resultCode": "429"}, "too many requests", {"Retry-After": str(seconds)})
