"""Error answers of the REST API (contract 2.4)."""

from collections.abc import Mapping

from desk_simulators.kit import errors as kit


class ApiError(kit.ApiError):
    """An answer that is not 2xx, in the vendor's shape `{code, message, errors}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = {"code": code, "message": message, "errors": errors}
        super().__init__(status, body, f"{status} {code}: {message}", headers)
        self.code = code
        self.message = message
        self.errors = errors


def too_many_requests(seconds: int) -> kit.ApiError:
    """429 has a body shape of its own: `error` instead of `code`."""
    message = f"Too many requests. Please try again in {seconds} seconds."
    body = {"error": "ConnectWiseAPI", "message": message}
    return kit.ApiError(429, body, message, {"Retry-After": str(seconds)})


def timed_out() -> ApiError:
    return ApiError(500, "InternalServerError", "Execution timeout expired before the operation completed.")


def problem(code: str, message: str, resource: str, field: str) -> dict[str, str]:
    """One item of `errors[]`."""
    return {"code": code, "message": message, "resource": resource, "field": field}


def invalid(resource: str, *problems: dict[str, str]) -> ApiError:
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", list(problems))


def invalid_field(resource: str, field: str, message: str) -> ApiError:
    return invalid(resource, problem("InvalidField", message, resource, field))


def missing_record(resource: str, record_id: int | str) -> ApiError:
    return ApiError(404, "NotFound", f"{resource} {record_id} not found")


def missing_endpoint(status: int = 404) -> ApiError:
    return ApiError(status, "ConnectWiseApi", "The endpoint does not exist.")
