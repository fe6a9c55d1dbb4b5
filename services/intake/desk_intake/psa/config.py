"""The PSA instances of this desk: a YAML document named by DESK_PSA."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from desk.calendars.zones import names

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Feed = Literal[
    "changelog", "time", "notes", "agreements", "companies", "contacts", "members", "configurations", "hooks"
]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


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


class Document(BaseModel):
    """Refuses unknown keys by name and keeps values out of errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Tiers(Document):
    """Tier by the name of the agreement's type, else by that of the company's type, else `default` (None: no tier)."""

    agreement_types: dict[str, str] = {}
    company_types: dict[str, str] = {}
    default: str | None = None


class PsaInstanceSettings(Document):
    """One PSA instance. `company` is the login company, `api_member` the member that owns our keys.

    `callback_url` is the address at which the PSA reaches this desk (`https://desk.example/intake`); without it no
    callbacks are registered and changes are found by polling alone. `boards` are in scope (empty: all that the status
    map does not exclude); tickets opened in the desk are created on `create_board` (None: nowhere). `bots` are members
    that are programs. `zones` maps the PSA's time zone names to IANA zones, in addition to the built-in ones. `skip`
    lists feeds that the role may not read. `gone_pause` is the pause between a record's first 404 and the second read;
    a feed without a complete pass for `stale_after` makes intake not ready. A secret may be written as `env:NAME`.
    Intervals are in seconds.
    """

    id: Name
    vendor: Literal["connectwise"] = "connectwise"
    kind: Literal["cloud", "on-premises", "simulator"] = "cloud"
    site: str
    api: str
    company: str
    public_key: Secret
    private_key: Secret
    client_id: Secret
    api_member: str
    codebase: str | None = None
    version: str = "2025.1"
    signing_hosts: list[str] = []
    callback_url: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+(/[^\s?#]*)?$")] | None = None
    boards: list[int] = []
    create_board: int | None = None
    bots: list[str] = []
    tiers: Tiers = Tiers()
    asset_classes: dict[str, str] = {}
    zones: dict[str, str] = {}
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

    @field_validator("zones")
    @classmethod
    def _iana(cls, zones: dict[str, str]) -> dict[str, str]:
        if strangers := sorted(zone for zone in zones.values() if zone not in names()):
            raise ValueError(f"{', '.join(strangers)}: not an IANA zone; give a name like America/New_York")
        return zones


class PsaInstances(Document):
    instances: list[PsaInstanceSettings] = []

    @model_validator(mode="after")
    def _once(self) -> PsaInstances:
        names = [instance.id for instance in self.instances]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"instances: {', '.join(twice)} is given twice; give each instance its own id")
        return self


def parse(document: Mapping[str, Any] | None) -> tuple[PsaInstanceSettings, ...]:
    """The instances of a document; ValidationError names the mistakes."""
    return tuple(PsaInstances.model_validate(document or {}).instances)


def load(path: Path | None) -> tuple[PsaInstanceSettings, ...]:
    """The instances of the file, empty without a file. PsaConfigError names the field, never a secret."""
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
