"""The shared world: the same clients, people and devices at every vendor."""

from typing import Any

import pytest

from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.ninjaone import NinjaOneSimulator
from desk_simulators.world import read, world


def minimal(**device: Any) -> dict[str, Any]:
    """One client with one device, whose fields are replaced by those given."""
    row: dict[str, Any] = {
        "name": "PC",
        "kind": "workstation",
        "site": "hq",
        "ip": "10.0.0.1",
        "mac": "02:00:00:00:00:01",
    }
    row |= {"serial": "S1", "maker": "Maker", "model": "Model", "os": "OS", "ids": {"ninjaone": 1}}
    site: dict[str, Any] = {
        "key": "hq",
        "name": "Head Office",
        "address": "1 Street",
        "public_ip": "203.0.113.1",
        "ids": {},
    }
    client: dict[str, Any] = {
        "key": "ONE",
        "name": "One",
        "domain": "one.example",
        "netbios": "ONE",
        "contract": "Managed",
        "ids": {},
    }
    client |= {"sites": [site], "people": [], "devices": [{**row, **device}]}
    return {"msp": {"name": "MSP", "domain": "msp.example"}, "technicians": [], "clients": [client]}


def test_the_msp_has_six_clients_with_sites_people_and_devices() -> None:
    assert [client.key for client in world().clients] == [
        "ACME",
        "NORTHWIND",
        "BLUEHARBOR",
        "OLDMILL",
        "SILVERLAKE",
        "GREENFIELD",
    ]
    assert all(client.sites and client.people and client.devices for client in world().clients)


@pytest.mark.parametrize("attribute", ["serial", "mac", "ip"])
def test_serial_numbers_and_addresses_name_one_device(attribute: str) -> None:
    values = [getattr(device, attribute) for client in world().clients for device in client.devices]
    assert len(values) == len(set(values))


def test_a_hostname_may_be_that_of_two_clients() -> None:
    owners = {client.key for client in world().clients for device in client.devices if device.name == "RECEPTION-01"}
    assert owners == {"ACME", "NORTHWIND"}


def test_both_vendors_have_the_same_devices_and_owners(clock: Any) -> None:
    psa = ConnectWiseSimulator(clock=clock, mode="manual").state
    rmm = NinjaOneSimulator(clock=clock, mode="manual").state
    both = [(client, device) for client, device in world().having("connectwise") if "ninjaone" in device.ids]
    assert len(both) >= 12
    for client, device in both:
        configuration = psa.record("configuration", device.ids["connectwise"])
        agent = rmm.record("device", device.ids["ninjaone"])
        assert configuration["name"] == agent["systemName"] == device.name
        assert configuration["serialNumber"] == agent.get("system", {}).get("serialNumber", device.serial)
        assert [configuration["ipAddress"]] == agent["ipAddresses"]
        assert configuration["company"]["name"] == client.name
        assert rmm.record("organization", agent["organizationId"])["name"] == client.name
        if device.user:
            contact = psa.record("contact", configuration["contact"]["id"])
            mail = contact["communicationItems"][0]["value"]
            owner = next(user for user in rmm.table("user") if user["uid"] == agent["assignedOwnerUid"])
            assert owner["email"] == mail
            assert agent.get("lastLoggedInUser", f"{client.netbios}\\{device.user}").endswith(mail.partition("@")[0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"site": "annex"}, "PC: ONE has no site 'annex'"),
        ({"user": "nobody"}, "PC: ONE has no person 'nobody'"),
        ({"kind": "toaster"}, "PC: kind 'toaster' is not one of workstation"),
    ],
)
def test_a_record_that_names_nothing_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"PC") as refusal:
        read(minimal(**changes))
    assert said in str(refusal.value)


def test_an_id_given_twice_is_refused() -> None:
    data = minimal()
    data["clients"][0]["devices"].append({**data["clients"][0]["devices"][0], "name": "Other"})
    with pytest.raises(ValueError, match="two records of kind device have the id 1 at ninjaone"):
        read(data)
