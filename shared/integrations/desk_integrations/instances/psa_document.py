"""The PSA instances of this desk: a YAML document named by DESK_PSA."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, cast

import yaml
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator

from desk_integrations.instances.document import Document, Name, Seconds
from desk_integrations.kinds.psa import Psa
from desk_integrations.runtime import vendors

Feed = Literal[
    "changelog", "time", "notes", "agreements", "companies", "contacts", "members", "configurations", "hooks"
]
DEFAULT_VENDOR = "connectwise"
"""The vendor of an instance whose entry names none."""


class PsaConfigError(ValueError):
    """The document cannot be used; the message names file and field."""


def _from_environment(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("env:"):
        return value
    found = os.environ.get(value[4:])
    if not found:
        raise ValueError(f"the variable {value[4:]} is not set")
    return found


Secret = Annotated[SecretStr, BeforeValidator(_from_environment)]


class Tiers(Document):
    """Tier by the name of the agreement's type, else by that of the company's type, else `default` (None: no tier)."""

    agreement_types: dict[str, str] = {}
    company_types: dict[str, str] = {}
    default: str | None = None


class PsaInstanceSettings(Document):
    """The settings that instances of every vendor have. Vendors add their own. Intervals are in seconds.

    `api_member` is the member that our credentials belong to. `callback_url` is where the PSA reaches this desk
    (`https://desk.example/intake`); without it no callbacks are registered and polling alone finds changes. `boards` in
    scope (empty: all that the status map does not exclude); `create_board` is where tickets that were opened here are
    created (None: nowhere). `bots` are members that are programs. `skip`: feeds that are not read, where the role does
    not allow them. `gone_pause` passes between a record's first 404 and the second read; a feed without a whole turn
    for `stale_after` makes intake not ready. A secret may be written as `env:NAME`.
    """

    id: Name
    vendor: str = DEFAULT_VENDOR
    api_member: str
    callback_url: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+(/[^\s?#]*)?$")] | None = None
    boards: list[int] = []
    create_board: int | None = None
    bots: list[str] = []
    tiers: Tiers = Tiers()
    asset_classes: dict[str, str] = {}
    skip: list[Feed] = []
    read_notes: bool = True
    poll: Seconds = 60.0
    overlap: Seconds = 120.0
    sweep: Seconds = 3600.0
    gone_pause: float = Field(default=10.0, ge=0, le=3600)
    stale_after: Seconds = 1800.0
    calls_per_minute: float = Field(default=600.0, gt=0, le=100_000)
    burst: int = Field(default=20, ge=1, le=10_000)
    deadline: Seconds = 20.0


class PsaAdapterModule(Protocol):
    """The face of every PSA adapter: `desk_integrations.psa.<vendor>`."""

    SETTINGS: type[PsaInstanceSettings]

    def check(self, settings: Any) -> None: ...

    def connect(self, settings: Any, *, on_loopback: bool) -> Psa: ...


def _of_vendor(value: Any) -> Any:
    """The entry as settings of its vendor."""
    if not isinstance(value, Mapping):
        return value
    return adapter_of(value.get("vendor", DEFAULT_VENDOR)).SETTINGS.model_validate(value)


class PsaInstances(Document):
    """The whole document."""

    instances: list[Annotated[PsaInstanceSettings, BeforeValidator(_of_vendor)]] = []

    @model_validator(mode="after")
    def _once(self) -> PsaInstances:
        names = [instance.id for instance in self.instances]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"instances: {', '.join(twice)} is given twice; give each instance its own id")
        return self


def parse(document: Mapping[str, Any] | None) -> tuple[PsaInstanceSettings, ...]:
    """The instances of a document; ValidationError names what is wrong in it."""
    return tuple(PsaInstances.model_validate(document or {}).instances)


def load(path: Path | None) -> tuple[PsaInstanceSettings, ...]:
    """The instances of the file; none without a file. PsaConfigError names the field, never a secret."""
    if path is None:
        return ()
    try:
        return parse(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise PsaConfigError(f"DESK_PSA: {path} cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise PsaConfigError(f"DESK_PSA: {path} is not YAML") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise PsaConfigError(f"DESK_PSA: {path}: {'; '.join(lines)}") from None


def adapter_of(vendor: object) -> PsaAdapterModule:
    """The adapter of a vendor. ValueError when this release has none."""
    if vendor not in vendors("psa"):
        raise ValueError(f"vendor: give one of {', '.join(vendors('psa'))}")
    return cast(PsaAdapterModule, importlib.import_module(f"desk_integrations.psa.{vendor}"))


def check_psa(settings: PsaInstanceSettings) -> None:
    """Check an instance before anything starts. ValueError names a field that the vendor does not take."""
    adapter_of(settings.vendor).check(settings)


def connect_psa(settings: PsaInstanceSettings, *, on_loopback: bool) -> Psa:
    """The adapter of an instance. Nothing is called yet. ValueError names a field that the vendor does not take.

    `on_loopback`: the desk listens on a loopback address, so that a simulator's callbacks may be accepted.
    """
    return adapter_of(settings.vendor).connect(settings, on_loopback=on_loopback)
