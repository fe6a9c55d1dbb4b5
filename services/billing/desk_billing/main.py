"""The composition root of billing."""

from __future__ import annotations

from desk.hosting import Definition

BILLING = Definition(owner="billing")
