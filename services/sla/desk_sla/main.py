"""The composition root of sla."""

from __future__ import annotations

from desk.hosting import Definition

SLA = Definition(owner="sla")
