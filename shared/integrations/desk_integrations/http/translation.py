"""From the errors and lists of a connector to those of a port that raises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from desk_connectors import http
from desk_integrations import vendor_errors as ours

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
T = TypeVar("T")
UNTRANSLATABLE = (ValueError, LookupError, TypeError, AttributeError)
"""Errors of a translation that stumbles over one record."""


class VendorListing(Protocol[R_co]):
    """A connector's list: iterated anew by every run; unreadable records are put into `refused`."""

    @property
    def refused(self) -> Sequence[http.VendorAnswerInvalid]: ...

    def __aiter__(self) -> AsyncIterator[R_co]: ...


def translated(error: http.VendorError) -> ours.VendorError:
    """The same failure in our terms."""
    if isinstance(error, http.VendorAnswerInvalid):
        problem = error.problem.removeprefix(f"{error.field}: ")
        return ours.VendorAnswerInvalid(error.vendor, error.record, error.field, problem, error.number)
    if isinstance(error, http.VendorRefused):
        return ours.VendorRefused(
            error.vendor,
            error.operation,
            error.problem,
            status=error.status or 0,
            detail=error.detail,
            final=error.final,
        )
    kind = next((mine for theirs, mine in _KINDS if isinstance(error, theirs)), ours.VendorError)
    return kind(
        error.vendor,
        error.operation,
        error.problem,
        status=error.status,
        detail=error.detail,
        retry_after=getattr(error, "retry_after", None),
    )


_KINDS: tuple[tuple[type[http.VendorError], type[ours.VendorError]], ...] = (
    (http.VendorUnavailable, ours.VendorUnavailable),
    (http.VendorRateLimited, ours.VendorRateLimited),
    (http.OutcomeUnknown, ours.OutcomeUnknown),
    (http.RecordGone, ours.RecordGone),
)


@contextmanager
def translating() -> Iterator[None]:
    """Raise a connector's error as ours."""
    try:
        yield
    except http.VendorError as error:
        raise translated(error) from error


class TranslatedListing(Generic[R, T]):
    """A connector's list as records of the port. A record that cannot be translated is put into `refused` as well."""

    def __init__(
        self, listing: VendorListing[R], translate: Callable[[R], T], name: Callable[[R], tuple[str, int]], vendor: str
    ) -> None:
        self._listing, self._translate, self._name, self._vendor = listing, translate, name, vendor
        self._untranslated: list[ours.VendorAnswerInvalid] = []

    @property
    def refused(self) -> Sequence[ours.VendorAnswerInvalid]:
        """Records of the latest run that could not be read."""
        unread = (translated(invalid) for invalid in self._listing.refused)
        return [*(one for one in unread if isinstance(one, ours.VendorAnswerInvalid)), *self._untranslated]

    async def __aiter__(self) -> AsyncIterator[T]:
        self._untranslated = []
        records = aiter(self._listing)
        while True:
            try:
                with translating():
                    record = await anext(records)
            except StopAsyncIteration:
                return
            try:
                found = self._translate(record)
            except UNTRANSLATABLE as error:
                name, number = self._name(record)
                invalid = ours.VendorAnswerInvalid(self._vendor, name, "record", type(error).__name__, number)
                self._untranslated.append(invalid)
            else:
                yield found

    async def all(self) -> list[T]:
        """Every record, in memory."""
        return [record async for record in self]
