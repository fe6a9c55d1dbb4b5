"""Refusals of a simulated API."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer that is not 2xx: status, JSON body and headers. Vendors derive their own error shapes from it."""

    def __init__(self, status: int, body: object, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message or f"{status}: {body}")
        self.status = status
        self.headers = dict(headers or {})
        self._body = body

    def body(self) -> Any:
        return self._body
