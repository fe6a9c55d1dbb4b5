"""Time zones by the names that ConnectWise gives them."""

from __future__ import annotations

import pytest

from desk_integrations.psa.connectwise.zones import iana


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("GMT-5/Eastern Time: US & Canada", "America/New_York"),
        ("GMT-8/Pacific Time: US & Canada", "America/Los_Angeles"),
        ("GMT-7/Arizona", "America/Phoenix"),
        ("GMT/Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("GMT+1/Amsterdam, Berlin, Bern", "Europe/Amsterdam"),
        ("GMT+5:30/Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
        ("GMT+10/Canberra, Melbourne, Sydney", "Australia/Canberra"),
        ("GMT-3/Buenos Aires, Georgetown", "America/Argentina/Buenos_Aires"),
        ("US Eastern", "America/New_York"),
        ("US/Eastern", "US/Eastern"),
        ("Head office", "Europe/Berlin"),
        ("Atlantis/Harbour", None),
        ("", None),
    ],
)
def test_names_of_zones(name: str, zone: str | None) -> None:
    assert iana(name, {"Head office": "Europe/Berlin"}) == zone
