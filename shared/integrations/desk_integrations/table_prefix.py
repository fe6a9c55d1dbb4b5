"""Statements on tables that several services have, each under a prefix of its own, such as `psa_receipts`."""

from __future__ import annotations

import re
from typing import LiteralString

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,19}")


class TablePrefix:
    """The prefix of one set of tables. ValueError for one that is no plain SQL name of at most 20 characters."""

    def __init__(self, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"prefix: {prefix!r} is no table prefix; use up to 20 of a-z, 0-9 and _")
        self.name = prefix

    def __call__(self, template: LiteralString) -> bytes:
        """The statement, with the prefix for every `{prefix}`."""
        return template.replace("{prefix}", self.name).encode()
