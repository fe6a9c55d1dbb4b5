"""Errors of vendor calls, classified by the caller's next step.

`str()` of every error holds operations, codes, field names and figures, never a value of a record, so that it may be
logged. The vendor's own text is separate, in `detail`.
"""

from __future__ import annotations

from dataclasses import dataclass


class VendorError(Exception):
    """A call to `vendor` failed. `operation` is method and path, for example `GET /service/tickets/5123`."""

    def __init__(
        self, vendor: str, operation: str, problem: str, *, status: int | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{vendor}: {operation}: {problem}")
        self.vendor = vendor
        self.operation = operation
        self.problem = problem
        self.status = status
        self.detail = detail


class VendorUnavailable(VendorError):
    """The vendor did not answer, or answered that it cannot, and certainly nothing was changed. Try again later.

    `retry_after` is in seconds, None if the vendor sent none.
    """

    def __init__(
        self,
        vendor: str,
        operation: str,
        problem: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(vendor, operation, problem, status=status)
        self.retry_after = retry_after


class VendorRateLimited(VendorError):
    """The call was not made, or was refused for its rate: wait `retry_after` seconds, then repeat it unchanged."""

    def __init__(self, vendor: str, operation: str, retry_after: float, *, status: int | None = None) -> None:
        super().__init__(vendor, operation, f"rate limited, retry after {retry_after:.1f} s", status=status)
        self.retry_after = retry_after


class OutcomeUnknown(VendorError):
    """A write was sent and its answer was lost: it may have been made. Look it up before any repeat."""


class RecordGone(VendorError):
    """404 at a checked address: the record does not exist, or not for our credentials."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One problem that the vendor reports about one field of our request."""

    field: str
    code: str
    message: str = ""


class VendorRefused(VendorError):
    """The vendor refused the call. A `final` refusal concerns our request: the same call will be refused again.

    All others may pass: a record in use (409), an upgrade, a router or a login page that answers in its place.
    """

    def __init__(
        self,
        vendor: str,
        operation: str,
        *,
        status: int,
        code: str = "",
        fields: tuple[FieldProblem, ...] = (),
        detail: str = "",
    ) -> None:
        named = ", ".join(f"{problem.field}: {problem.code}" for problem in fields)
        problem = f"refused with {status} {code}".rstrip() + (f" ({named})" if named else "")
        super().__init__(vendor, operation, problem, status=status, detail=detail)
        self.code = code
        self.fields = fields

    @property
    def final(self) -> bool:
        """True if the vendor names the wrong fields of the request: 400 or 422 with field problems."""
        return self.status in (400, 422) and bool(self.fields)

    @property
    def credentials(self) -> bool:
        """True if the keys, the client id or the member's role were refused (401, 403)."""
        return self.status in (401, 403)

    def says(self, code: str) -> bool:
        """True if the answer or one of its field problems has this code of the vendor."""
        return self.code == code or any(problem.code == code for problem in self.fields)


class VendorAnswerInvalid(VendorError):
    """The vendor's answer is not a valid record: `record` names it, `field` the invalid part.

    `number` is the record's id, None if the answer has none.
    """

    def __init__(self, vendor: str, record: str, field: str, problem: str, number: int | None = None) -> None:
        super().__init__(vendor, record, f"{field}: {problem}")
        self.record = record
        self.field = field
        self.number = number
