"""The settings of a ConnectWise instance, beside those that every PSA has."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from desk.calendars.zones import names
from desk_connectors.connectwise import ConnectWiseSettings
from desk_connectors.http import Limits
from desk_integrations.instances.psa_document import PsaInstanceSettings, Secret


class ConnectWiseInstance(PsaInstanceSettings):
    """One ConnectWise PSA. `company` is the login company; `zones` maps the PSA's names of time zones to IANA zones.

    `site`, `api`, `kind`, `version`, `codebase` and `signing_hosts` are those of the connector's settings.
    """

    vendor: Literal["connectwise"] = "connectwise"
    kind: Literal["cloud", "on-premises", "simulator"] = "cloud"
    site: str
    api: str
    company: str
    public_key: Secret
    private_key: Secret
    client_id: Secret
    codebase: str | None = None
    version: str = "2025.1"
    signing_hosts: list[str] = []
    zones: dict[str, str] = {}

    @field_validator("zones")
    @classmethod
    def _iana(cls, zones: dict[str, str]) -> dict[str, str]:
        if strangers := sorted(zone for zone in zones.values() if zone not in names()):
            raise ValueError(f"{', '.join(strangers)}: not an IANA zone; give a name like America/New_York")
        return zones

    @property
    def secret(self) -> bytes:
        """The key of hashes that name a text without revealing it."""
        return self.private_key.get_secret_value().encode()

    def is_api_member(self, identifier: str) -> bool:
        """Whether the member is the one that our keys belong to."""
        return identifier.lower() == self.api_member.lower()


def vendor_settings(instance: ConnectWiseInstance) -> ConnectWiseSettings:
    """The connector's settings of an instance. ValueError names what is wrong in them."""
    try:
        return ConnectWiseSettings(
            instance=instance.id,
            site=instance.site,
            api=instance.api,
            company_id=instance.company,
            public_key=instance.public_key.get_secret_value(),
            private_key=instance.private_key.get_secret_value(),
            client_id=instance.client_id.get_secret_value(),
            kind=instance.kind,
            version=instance.version,
            codebase=instance.codebase,
            signing_hosts=frozenset(instance.signing_hosts),
            limits=Limits(per_minute=instance.calls_per_minute, burst=instance.burst, deadline=instance.deadline),
        )
    except ValueError as error:
        raise ValueError(str(error).replace("company_id:", "company:")) from None
