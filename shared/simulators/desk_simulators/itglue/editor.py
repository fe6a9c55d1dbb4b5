"""Acts of the account's users: clients, devices, assets and documents are added, edited, related and removed."""

from collections.abc import Mapping, Sequence

from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.table import Record

RELATABLE = {"Document": "document", "Configuration": "configuration", "FlexibleAsset": "asset"}
"""`destination_type` -> table."""
TEXT = "Document::Text"
FIELD_KINDS = ("Text", "Textbox", "Select", "Number", "Date", "Percent", "Checkbox", "Password", "Tag", "Upload")


class Editor:
    """Every act returns the resource. Records are named by id. Raises KeyError for an unknown record."""

    def __init__(self, state: ItGlueState) -> None:
        self._state = state

    def add_organization(self, name: str, key: str | None = None, psa_id: str = "") -> Record:
        """A new client. `psa_id` is its id at the MSP's PSA, ConnectWise Manage."""
        state = self._state
        key = key or state.new_id("organization")
        attributes = {
            "name": name,
            "description": None,
            "organization-type-id": 1,
            "organization-type-name": "Customer",
            "organization-status-id": 1,
            "organization-status-name": "Active",
            "short-name": None,
            "primary": False,
            "my-glue": False,
            "psa-integration": "enabled" if psa_id else None,
            "resource-url": f"https://{state.account.subdomain}.itglue.com/{key}",
            **self._times(),
        }
        record = {"id": key, "type": "organizations", "attributes": attributes, "_psa": psa_id}
        return state.put("organization", record)

    def add_configuration(
        self, organization: str, name: str, key: str | None = None, attributes: Mapping[str, object] | None = None
    ) -> Record:
        """A new device."""
        key = key or self._state.new_id("configuration")
        values = {**_configuration(name), **self._owned(organization, f"configurations/{key}"), **(attributes or {})}
        return self._state.put("configuration", {"id": key, "type": "configurations", "attributes": values})

    def add_asset_type(self, name: str, fields: Mapping[str, str]) -> Record:
        """A new kind of flexible asset. `fields` maps names to kinds, such as `Text` or `Password`."""
        state = self._state
        if unknown := [kind for kind in fields.values() if kind not in FIELD_KINDS]:
            raise ValueError(f"kind {unknown[0]!r} must be one of {', '.join(FIELD_KINDS)}")
        key = state.new_id("asset_type")
        attributes = {"name": name, "description": None, "icon": "file", "enabled": True, "builtin": False}
        record = {"id": key, "type": "flexible-asset-types", "attributes": {**attributes, **self._times()}}
        made = state.put("asset_type", record)
        for order, (field, kind) in enumerate(fields.items(), start=1):
            state.put("asset_field", _field(state.new_id("asset_field"), int(key), order, field, kind, self._times()))
        return made

    def add_asset(self, organization: str, asset_type: str, name: str, traits: Mapping[str, object]) -> Record:
        """A new flexible asset. `traits` maps the keys of fields to values."""
        key, kind = self._state.new_id("asset"), self._state.row("asset_type", asset_type)["record"]
        attributes = {
            **self._owned(organization, f"assets/{asset_type}/records/{key}"),
            "flexible-asset-type-id": int(asset_type),
            "flexible-asset-type-name": kind["attributes"]["name"],
            "name": name,
            "traits": dict(traits),
            "archived": False,
        }
        return self._state.put("asset", {"id": key, "type": "flexible-assets", "attributes": attributes})

    def add_folder(self, organization: str, name: str) -> Record:
        key = self._state.new_id("folder")
        attributes = {**self._owned(organization, f"docs/folder/{key}"), "name": name, "parent-id": None}
        return self._state.put("folder", {"id": key, "type": "document-folders", "attributes": attributes})

    def add_document(
        self,
        organization: str,
        name: str,
        texts: Sequence[str] = (),
        folder: int | None = None,
        restricted: bool = False,
        published: bool = True,
    ) -> Record:
        """A new document with a section of HTML per text."""
        key = self._state.new_id("document")
        attributes = {
            **self._owned(organization, f"docs/{key}"),
            "name": name,
            "document-folder-id": folder,
            "restricted": restricted,
            "published": published,
        }
        record = self._state.put("document", {"id": key, "type": "documents", "attributes": attributes})
        for sort, text in enumerate(texts, start=1):
            self.add_section(key, TEXT, text, sort)
        return record

    def add_section(self, document: str, resource_type: str, content: str, sort: int, **attributes: object) -> Record:
        """A new section; the document counts as changed."""
        self._touch(document)
        key = self._state.new_id("section")
        values = {
            "document-id": int(document),
            "resource-type": resource_type,
            "content": content,
            "rendered-content": content,
            "sort": sort,
            **attributes,
            **self._times(),
        }
        return self._state.put("section", {"id": key, "type": "document-sections", "attributes": values})

    def edit_section(self, section: str, content: str) -> Record:
        """Another text; the document counts as changed."""
        record = self._state.row("section", section)["record"]
        self._touch(str(record["attributes"]["document-id"]))
        return self._state.change("section", record, **{"content": content, "rendered-content": content})

    def remove_section(self, section: str) -> Record:
        record = self._state.remove("section", section)
        self._touch(str(record["attributes"]["document-id"]))
        return record

    def rename_document(self, document: str, name: str) -> Record:
        return self._state.change("document", self._state.row("document", document)["record"], name=name)

    def publish_document(self, document: str) -> Record:
        return self._state.change("document", self._state.row("document", document)["record"], published=True)

    def remove_document(self, document: str) -> Record:
        return self._state.remove("document", document)

    def remove_configuration(self, configuration: str) -> Record:
        return self._state.remove("configuration", configuration)

    def archive_configuration(self, configuration: str) -> Record:
        record = self._state.row("configuration", configuration)["record"]
        return self._state.change("configuration", record, archived=True)

    def relate(self, source_type: str, source: str, destination_type: str, destination: str, notes: str = "") -> Record:
        """A related item. Types are `Document`, `Configuration` and `FlexibleAsset`."""
        for kind, item in ((source_type, source), (destination_type, destination)):
            if kind not in RELATABLE:
                raise ValueError(f"type must be one of {', '.join(RELATABLE)}")
            self._state.row(RELATABLE[kind], item)
        attributes = {
            "source-type": source_type,
            "source-id": int(source),
            "destination-type": destination_type,
            "destination-id": int(destination),
            "notes": notes or None,
            **self._times(),
        }
        key = self._state.new_id("relation")
        return self._state.put("relation", {"id": key, "type": "related-items", "attributes": attributes})

    def documents(self) -> list[Record]:
        """All documents of all organisations."""
        return self._state.records("document")

    def _touch(self, document: str) -> None:
        self._state.change("document", self._state.row("document", document)["record"])

    def _times(self) -> dict[str, str]:
        now = self._state.moment()
        return {"created-at": now, "updated-at": now}

    def _owned(self, organization: str, path: str) -> Record:
        name = self._state.row("organization", organization)["record"]["attributes"]["name"]
        return {
            "organization-id": int(organization),
            "organization-name": name,
            "resource-url": f"https://{self._state.account.subdomain}.itglue.com/{organization}/{path}",
            **self._times(),
        }


def trait_key(name: str) -> str:
    """The key of a field among the traits: its name in kebab-case."""
    return "-".join("".join(sign if sign.isalnum() else " " for sign in name.lower()).split())


def _field(key: str, asset_type: int, order: int, name: str, kind: str, times: Mapping[str, str]) -> Record:
    attributes = {
        "flexible-asset-type-id": asset_type,
        "order": order,
        "name": name,
        "name-key": trait_key(name),
        "kind": kind,
        "hint": None,
        "required": order == 1,
        "show-in-list": order == 1,
        "use-for-title": order == 1,
        **times,
    }
    return {"id": key, "type": "flexible-asset-fields", "attributes": attributes}


def _configuration(name: str) -> Record:
    texts = (
        "hostname", "primary-ip", "mac-address", "default-gateway", "serial-number", "asset-tag", "notes",
        "operating-system-id", "operating-system-name", "operating-system-notes", "manufacturer-id",
        "manufacturer-name", "model-id", "model-name", "location-id", "location-name", "contact-id", "contact-name",
        "installed-at", "purchased-at", "warranty-expires-at", "psa-integration",
    )  # fmt: skip
    return {
        "name": name,
        **dict.fromkeys(texts),
        "configuration-type-id": 1812,
        "configuration-type-name": "Workstation",
        "configuration-type-kind": "workstation",
        "configuration-status-id": 93,
        "configuration-status-name": "Active",
        "archived": False,
        "restricted": False,
        "my-glue": False,
    }
