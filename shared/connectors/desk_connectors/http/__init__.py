"""Base of every vendor connector: rate budget, breaker, bounded calls, error classes, and untrusted fetches."""

from desk_connectors.http.call import Answer, Call, Limits
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.clock import Clock, SystemClock
from desk_connectors.http.errors import (
    FieldProblem,
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorError,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from desk_connectors.http.fetch import FetchLimits, UntrustedFetch
from desk_connectors.http.untrusted import AdmittedUrl, UrlRefused, UrlRule, admit

__all__ = [
    "AdmittedUrl",
    "Answer",
    "Call",
    "Clock",
    "FetchLimits",
    "FieldProblem",
    "Limits",
    "OutcomeUnknown",
    "RecordGone",
    "SystemClock",
    "UntrustedFetch",
    "UrlRefused",
    "UrlRule",
    "VendorAnswerInvalid",
    "VendorError",
    "VendorHttp",
    "VendorRateLimited",
    "VendorRefused",
    "VendorUnavailable",
    "admit",
]
