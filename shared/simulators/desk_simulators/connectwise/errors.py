"""Error answers of the REST API (contract 2.4)."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer that is not 2xx. `body()` is the JSON body, `headers` are sent with it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "errors": self.errors}


class TooManyRequests(ApiError):
    """429 has a body shape of its own: `error` instead of `code`."""

    def __init__(self, seconds: int) -> None:
        message = f"Too many requests. Please try again in {seconds} seconds."
        super().__init__(429, "ConnectWiseAPI", message, headers={"Retry-After": str(seconds)})

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.message}


def problem(code: str, message: str, resource: str, field: str) -> dict[str, str]:
    """One item of `errors[]`."""
    return {"code": code, "message": message, "resource": resource, "field": field}


def invalid(resource: str, *problems: dict[str, str]) -> ApiError:
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", list(problems))


def invalid_field(resource: str, field: str, message: str) -> ApiError:
    return invalid(resource, problem("InvalidField", message, resource, field))


def missing_record(resource: str, record_id: int) -> ApiError:
    return ApiError(404, "NotFound", f"{resource} {record_id} not found")


def missing_endpoint(status: int = 404) -> ApiError:
    return ApiError(status, "ConnectWiseApi", "The endpoint does not exist.")
