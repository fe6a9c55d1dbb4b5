"""Initial resources of the account, from the shared world: a tenant per client, its devices, one open alert."""

from desk_simulators.auvik.network import Network
from desk_simulators.auvik.state import AuvikState, key
from desk_simulators.world import Client, Device, world

VENDOR = "auvik"
TYPES = {
    "workstation": "workstation",
    "mac": "workstation",
    "server": "server",
    "firewall": "firewall",
    "switch": "switch",
    "access_point": "accessPoint",
}
HUBS = ("firewall", "switch", "access_point")
"""Kinds of devices to which the others of a client are connected, the first that the client has."""
OFFLINE, ALERT = "BH-SW-02", "Switch is offline"


def seed(state: AuvikState) -> None:
    """Fill an empty state. Listeners are called, so register them later."""
    account, network = state.account, Network(state)
    attributes = {"domainPrefix": account.domain_prefix, "name": "Example MSP", "tenantType": "multiClient"}
    state.put("tenant", {"type": "tenant", "id": account.tenant, "attributes": attributes, "relationships": {}})
    for client in world().clients:
        _tenant(state, client)
        _devices(network, client)
    for client, device in world().having(VENDOR):
        if device.name == OFFLINE:
            found = key(str(client.ids[VENDOR]), device.ids[VENDOR])
            network.set_status(found, "offline")
            network.raise_alert(found, ALERT, "critical", f"{OFFLINE} has not answered for 5 minutes")


def _tenant(state: AuvikState, client: Client) -> None:
    attributes = {"domainPrefix": client.key.lower(), "name": client.name, "tenantType": "client"}
    parent = {"parent": {"data": {"type": "tenant", "id": state.account.tenant}}}
    tenant = str(client.ids[VENDOR])
    state.put("tenant", {"type": "tenant", "id": tenant, "attributes": attributes, "relationships": parent})


def _devices(network: Network, client: Client) -> None:
    """The hub first, then the others, each connected to it."""
    watched = [device for device in client.devices if VENDOR in device.ids]
    hub = next((device for kind in HUBS for device in watched if device.kind == kind), None)
    ordered = sorted(watched, key=lambda device: device is not hub)
    tenant = str(client.ids[VENDOR])
    for device in ordered:
        linked = [] if hub is None or device is hub else [key(tenant, hub.ids[VENDOR])]
        _device(network, tenant, device, linked)


def _device(network: Network, tenant: str, device: Device, linked: list[str]) -> None:
    network.add_device(
        tenant,
        device.name,
        TYPES[device.kind],
        device.ids[VENDOR],
        linked,
        ipAddresses=[device.ip],
        makeModel=device.model,
        vendorName=device.maker,
        softwareVersion=device.os,
        serialNumber=device.serial,
        description=f"{device.maker} {device.model}",
        firmwareVersion="1.0",
    )
