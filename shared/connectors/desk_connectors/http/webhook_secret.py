"""Authenticates webhooks of vendors that sign nothing: a secret of ours comes with each of them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping


def is_authentic(headers: Mapping[str, str], header: str, secrets: Iterable[str]) -> bool:
    """Whether the header carries one of the secrets; several are accepted while they are rotated.

    Compares in constant time. Names of headers are compared without case.
    """
    given = next((value for name, value in headers.items() if name.lower() == header.lower()), "")
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets if secret]
    return any(matches)
