"""What can go wrong between us and a vendor, by what the caller may do next.

`str()` of every error holds operations, codes, field names and figures, never a value out of a record,
so that it may be logged. The vendor's own sentence is kept apart in `detail`.
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
    """The vendor did not answer, or answered that it cannot, and for certain nothing was changed. Try again later.

    `retry_after` is in seconds, None when the vendor named none.
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
    """Not called, or turned away unheard: wait `retry_after` seconds, then repeat the call as it is."""

    def __init__(self, vendor: str, operation: str, retry_after: float, *, status: int | None = None) -> None:
        super().__init__(vendor, operation, f"rate limited, retry after {retry_after:.1f} s", status=status)
        self.retry_after = retry_after


class OutcomeUnknown(VendorError):
    """A write was sent and its answer was lost: it may have happened. Look it up before any repeat."""


class RecordGone(VendorError):
    """404, and the address was checked: the record is not there, or not for our credentials."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One complaint of the vendor about one field of what we sent."""

    field: str
    code: str
    message: str = ""


class VendorRefused(VendorError):
    """The vendor said no. Only a `final` no is about what we sent: the same call will be refused again.

    Every other one may pass: a record in use (409), an upgrade, a router or a login page that answers in its place.
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
        """True when the vendor names what is wrong in the call: 400 or 422 with complaints about fields."""
        return self.status in (400, 422) and bool(self.fields)

    @property
    def credentials(self) -> bool:
        """True when the keys, the client id or the member's role are what was refused (401, 403)."""
        return self.status in (401, 403)

    def says(self, code: str) -> bool:
        """True when the answer or one of its field complaints carries this code of the vendor."""
        return self.code == code or any(problem.code == code for problem in self.fields)


class VendorAnswerInvalid(VendorError):
    """The vendor answered with something that is no such record: `record` names it, `field` what is wrong in it.

    `number` is the record's id, None where the answer holds none.
    """

    def __init__(self, vendor: str, record: str, field: str, problem: str, number: int | None = None) -> None:
        super().__init__(vendor, record, f"{field}: {problem}")
        self.record = record
        self.field = field
        self.number = number
