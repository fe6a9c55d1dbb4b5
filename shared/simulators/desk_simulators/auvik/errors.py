"""Error answers of the API: JSON:API errors, whose members the contract does not name."""

from desk_simulators.kit.errors import ApiError


def failure(status: int, title: str, detail: str) -> ApiError:
    """`{"errors": [...]}` with nothing beside it."""
    return ApiError(status, {"errors": [{"status": str(status), "title": title, "detail": detail}]}, detail)


def bad_value(name: str, reason: str) -> ApiError:
    return failure(400, "Bad Request", f"{name}: {reason}")


def missing(what: str) -> ApiError:
    return failure(404, "Not Found", f"{what} not found")


def unauthorized() -> ApiError:
    """401 has no body."""
    return ApiError(401, None, "unauthorized")
