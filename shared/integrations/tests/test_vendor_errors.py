"""Errors of connectors keep what they say when they become errors of the port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk_connectors import http
from desk_connectors.http.credentials import CredentialsRefused
from desk_integrations import vendor_errors as ours
from desk_integrations.http.translation import TranslatedListing, translated, translating

FIELDS = (http.FieldProblem("summary", "TooLong", "Secret of Pat Doe"),)
ERRORS = [
    http.VendorUnavailable("v", "GET /x", "answered 503", retry_after=7.0, status=503),
    http.VendorRateLimited("v", "GET /x", 12.0, status=429),
    http.OutcomeUnknown("v", "POST /x", "no answer (ReadError)"),
    http.RecordGone("v", "GET /x/1", "not there", status=404),
    http.VendorRefused("v", "POST /x", status=400, code="Invalid", fields=FIELDS, detail="Secret of Pat Doe"),
    http.VendorRefused("v", "GET /x", status=403),
    http.VendorAnswerInvalid("v", "Ticket 5", "board", "missing", 5),
    http.VendorError("v", "GET /x", "failed"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_connectors_error_keeps_its_name_text_and_figures(error: http.VendorError) -> None:
    found = translated(error)
    assert (type(found).__name__, str(found)) == (type(error).__name__, str(error))
    assert type(found).__module__ == ours.__name__
    for name in ("vendor", "operation", "problem", "status", "detail", "retry_after", "final", "credentials"):
        assert getattr(found, name, None) == getattr(error, name, None)
    for name in ("record", "field", "number"):
        assert getattr(found, name, None) == getattr(error, name, None)


def test_refused_credentials_are_a_refusal_of_credentials() -> None:
    found = translated(CredentialsRefused("v", "POST /token", status=401))
    assert isinstance(found, ours.VendorRefused) and found.credentials


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(KeyError), translating():
        raise KeyError("x")


class Numbers:
    """A connector's list of numbers, of which one could not be read, and that may break off."""

    def __init__(self, *numbers: int, breaks_off: bool = False) -> None:
        self._numbers, self._breaks_off = numbers, breaks_off
        self.refused = [http.VendorAnswerInvalid("v", "Number 9", "body", "not readable", 9)]

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in self._numbers:
            yield number
        if self._breaks_off:
            raise http.VendorUnavailable("v", "GET /numbers", "answered 500", status=500)


def listing(numbers: Numbers) -> TranslatedListing[int, str]:
    return TranslatedListing(
        numbers, lambda number: f"{10 // number}", lambda number: (f"Number {number}", number), "v"
    )


async def test_a_record_that_cannot_be_translated_hides_no_other_and_is_named_once_per_run() -> None:
    found = listing(Numbers(1, -1, 2))
    assert await found.all() == ["10", "-10", "5"]
    broken = TranslatedListing(Numbers(1, 2), lambda n: {1: "one"}[n], lambda n: (f"Number {n}", n), "v")
    for _ in range(2):
        assert await broken.all() == ["one"]
        assert [(one.number, one.problem) for one in broken.refused] == [
            (9, "body: not readable"),
            (2, "record: KeyError"),
        ]


async def test_a_list_that_breaks_off_raises_our_error_after_the_records_before_it() -> None:
    found, kept = listing(Numbers(1, 2, breaks_off=True)), []
    with pytest.raises(ours.VendorUnavailable) as error:
        async for one in found:
            kept.append(one)
    assert (kept, error.value.status) == (["10", "5"], 500)
