"""Initial resources of the account, from the shared world: clients, devices, exceptions, runbooks."""

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.world import Client, Device, world

VENDOR = "itglue"
TYPES = {
    "workstation": ("Workstation", 1812),
    "mac": ("Workstation", 1812),
    "server": ("Server", 1813),
    "firewall": ("Firewall", 1814),
    "switch": ("Switch", 1815),
    "access_point": ("Access Point", 1816),
}
EXCEPTIONS = {
    "Application": "Text",
    "Path": "Text",
    "Approved by": "Text",
    "Reason": "Textbox",
    "Review date": "Date",
    "Console password": "Password",
}


def seed(state: ItGlueState) -> None:
    """Fill an empty state. Listeners are called, so register them later."""
    editor = Editor(state)
    exceptions = str(editor.add_asset_type("EDR Exceptions", EXCEPTIONS)["id"])
    for client in world().clients:
        organization = str(client.ids[VENDOR])
        editor.add_organization(client.name, organization, str(client.ids["connectwise"]))
        for device in client.devices:
            _configuration(editor, organization, client, device)
        _documents(editor, organization, client)
        _exception(editor, organization, exceptions, client)


def _configuration(editor: Editor, organization: str, client: Client, device: Device) -> None:
    name, number = TYPES[device.kind]
    person = client.person(device.user) if device.user else None
    attributes = {
        "hostname": device.name.lower(),
        "primary-ip": device.ip,
        "mac-address": device.mac,
        "serial-number": device.serial,
        "operating-system-name": device.os,
        "configuration-type-id": number,
        "configuration-type-name": name,
        "configuration-type-kind": name.lower().replace(" ", "-"),
        "manufacturer-name": device.maker,
        "model-name": device.model,
        "location-name": client.site(device.site).name,
        "contact-name": f"{person.first} {person.last}" if person else None,
        "psa-integration": "enabled" if "connectwise" in device.ids else None,
    }
    editor.add_configuration(organization, device.name, str(device.ids[VENDOR]), attributes)


def _documents(editor: Editor, organization: str, client: Client) -> None:
    """A network overview, a runbook in a folder that is related to the first device, and a restricted note."""
    first, site = client.devices[0], client.sites[0]
    folder = editor.add_folder(organization, "Runbooks")
    overview = [f"<p>{site.name}, {site.address}. Public address {site.public_ip}.</p>"]
    overview += [f"<p>{device.name}: {device.ip}, {device.os}</p>" for device in client.devices]
    editor.add_document(organization, f"{client.name}: network overview", overview)
    steps = [
        "<h3>Symptom</h3><p>Outlook does not connect after a password change.</p>",
        f"<p>Sign out of all sessions, then remove the stored credentials on {first.name}.</p>",
    ]
    runbook = editor.add_document(organization, "Outlook after a password change", steps, int(folder["id"]))
    editor.relate("Document", runbook["id"], "Configuration", str(first.ids[VENDOR]), "usual place of the symptom")
    editor.add_document(organization, "Contract terms", ["<p>For management only.</p>"], restricted=True)


def _exception(editor: Editor, organization: str, asset_type: str, client: Client) -> None:
    application = f"{client.name.split()[0]}Stock"
    traits = {
        "application": application,
        "path": f"C:\\Program Files\\{application}\\*",
        "approved-by": f"{client.people[0].first} {client.people[0].last}",
        "reason": "<p>Unsigned line-of-business tool.</p>",
        "review-date": "2026-11-01",
        "console-password": "not-for-the-desk",
    }
    made = editor.add_asset(organization, asset_type, application, traits)
    editor.relate("FlexibleAsset", made["id"], "Configuration", str(client.devices[0].ids[VENDOR]))
