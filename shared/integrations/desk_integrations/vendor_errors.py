"""Failures of a vendor's call in our terms, by what the caller may do next.

Ports whose calls are written, repeated or resumed raise these; adapters translate their connector's errors. `str()`
holds operations, codes, field names and figures, never a value out of a record, so that it may be logged.
"""

from __future__ import annotations


class VendorError(Exception):
    """A call to `vendor` failed. `operation` names the call, for example `GET /service/tickets/5123`.

    `status` is the HTTP status, None without an answer. `detail` is the vendor's own sentence: never logged.
    `retry_after` is in seconds, None when the vendor named none.
    """

    def __init__(
        self,
        vendor: str,
        operation: str,
        problem: str,
        *,
        status: int | None = None,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{vendor}: {operation}: {problem}")
        self.vendor, self.operation, self.problem = vendor, operation, problem
        self.status, self.detail, self.retry_after = status, detail, retry_after


class VendorUnavailable(VendorError):
    """The vendor did not answer, or answered that it cannot, and nothing was changed. Try again later."""


class VendorRateLimited(VendorError):
    """The call was not made, or was rejected unprocessed: wait `retry_after` seconds, then repeat it unchanged."""


class OutcomeUnknown(VendorError):
    """A write was sent and its answer was lost: it may have been carried out. Look it up before any repeat."""


class RecordGone(VendorError):
    """The record is not there, or not for our credentials. One such answer proves nothing."""


class VendorRefused(VendorError):
    """The vendor refused the call. Only a `final` refusal is about the content: the same call is refused again.

    Every other one may pass: a record in use (409), an upgrade, a router or a login page that answers instead.
    """

    def __init__(
        self, vendor: str, operation: str, problem: str, *, status: int, detail: str = "", final: bool = False
    ) -> None:
        super().__init__(vendor, operation, problem, status=status, detail=detail)
        self.final = final

    @property
    def credentials(self) -> bool:
        """Whether the credentials or their rights were refused (401, 403)."""
        return self.status in (401, 403)


class VendorAnswerInvalid(VendorError):
    """The answer is not a record of this vendor: `record` names it, `field` the part that cannot be read.

    `number` is the record's id, None where the answer holds none.
    """

    def __init__(self, vendor: str, record: str, field: str, problem: str, number: int | None = None) -> None:
        super().__init__(vendor, record, f"{field}: {problem}")
        self.record, self.field, self.number = record, field, number
