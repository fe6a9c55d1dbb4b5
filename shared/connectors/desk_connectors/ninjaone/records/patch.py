"""Patches that were installed, or whose installation failed."""

from __future__ import annotations

from desk_connectors.ninjaone.records.reading import Id, Record


class OsPatchInstall(Record, frozen=True, kw_only=True):
    """A patch of the operating system. `status` is `INSTALLED` or `FAILED`; `installed_at` is in epoch seconds."""

    id: Id
    name: str = ""
    severity: str = ""
    status: str = ""
    type: str = ""
    installed_at: float | None = None
    kb_number: str = ""
    device_id: int | None = None


class SoftwarePatchInstall(Record, frozen=True, kw_only=True):
    """A patch of third-party software; `installed_at` is in epoch seconds."""

    id: Id
    product_identifier: str = ""
    title: str = ""
    impact: str = ""
    status: str = ""
    type: str = ""
    installed_at: float | None = None
    device_id: int | None = None
