"""Error answers of the API: `{"errors": [{title, status, detail, source}]}`."""

from desk_simulators.kit.errors import ApiError


def failure(status: int, title: str, detail: str, **source: str) -> ApiError:
    error: dict[str, object] = {"title": title, "status": str(status), "detail": detail}
    return ApiError(status, {"errors": [{**error, "source": source} if source else error]}, detail)


def invalid(field: str, detail: str) -> ApiError:
    """422 with the pointer to one attribute; title and detail are the same sentence."""
    return failure(422, detail, detail, pointer=f"/data/attributes/{field}")


def absent_parameter(name: str) -> ApiError:
    return failure(400, "Bad Request", f"param is missing or the value is empty: {name}")


def bad_parameter(name: str, reason: str) -> ApiError:
    return failure(400, "Bad Request", f"{name} {reason}", parameter=name)


def missing(what: str) -> ApiError:
    return failure(404, "Not Found", f"{what} not found")
