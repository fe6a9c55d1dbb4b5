"""Organisations, configurations and flexible assets."""

from collections.abc import Mapping, Sequence

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.errors import absent_parameter, invalid
from desk_simulators.itglue.http.listing import (
    Call,
    Routes,
    admitted,
    answer,
    attributes,
    filters,
    included,
    of_organization,
    one,
    paged,
    resource,
)
from desk_simulators.itglue.http.related import related, with_related
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

ORGANIZATION = {
    "[id]": "id",
    "[name]": "name",
    "[organization_type_id]": "organization-type-id",
    "[organization_status_id]": "organization-status-id",
    "[psa_id]": "_psa",
}
CONFIGURATION = {
    "[id]": "id",
    "[name]": "name",
    "[organization_id]": "organization-id",
    "[configuration_type_id]": "configuration-type-id",
    "[configuration_status_id]": "configuration-status-id",
    "[contact_id]": "contact-id",
    "[serial_number]": "serial-number",
    "[archived]": "archived",
}
ASSET = {
    "[flexible_asset_type_id]": "flexible-asset-type-id",
    "[organization_id]": "organization-id",
    "[name]": "name",
    "[id]": "id",
}
TYPE = {"[name]": "name", "[enabled]": "enabled", "[id]": "id"}


class Resources:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", "organizations"): lambda call: self._list(call, "organization", ORGANIZATION),
            ("GET", "organizations/{}"): lambda call: answer({"data": resource(one(call, "organization"))}),
            ("GET", "configurations"): self._configurations,
            ("GET", "organizations/{}/relationships/configurations"): self._configurations,
            ("GET", "configurations/{}"): lambda call: with_related(call, "Configuration", one(call, "configuration")),
            ("GET", "flexible_asset_types"): self._types,
            ("GET", "flexible_asset_types/{}"): lambda call: answer({"data": resource(one(call, "asset_type"))}),
            ("GET", "flexible_assets"): self._assets,
            ("GET", "flexible_assets/{}"): lambda call: with_related(call, "FlexibleAsset", one(call, "asset")),
            ("POST", "flexible_assets"): _create_asset,
            ("POST", "organizations/{}/relationships/flexible_assets"): _create_asset,
            ("PATCH", "flexible_assets/{}"): _change_asset,
        }

    def _list(self, call: Call, table: str, fields: Mapping[str, str]) -> Reply:
        return paged(call, admitted(call, call.state.records(table), fields), self._faults.page_overlap)

    def _configurations(self, call: Call) -> Reply:
        records = call.state.records("configuration")
        rows = admitted(call, of_organization(call, records) if call.ids else records, CONFIGURATION)
        wanted = "related_items" in included(call)
        include = (lambda page: related(call.state, "Configuration", page)) if wanted else None
        return paged(call, rows, self._faults.page_overlap, include)

    def _types(self, call: Call) -> Reply:
        def fields(page: Sequence[Record]) -> list[Record]:
            kept = {int(record["id"]) for record in page}
            rows = call.state.records("asset_field")
            return [row for row in rows if row["attributes"]["flexible-asset-type-id"] in kept]

        rows = admitted(call, call.state.records("asset_type"), TYPE)
        include = fields if "flexible_asset_fields" in included(call) else None
        return paged(call, rows, self._faults.page_overlap, include)

    def _assets(self, call: Call) -> Reply:
        if not filters(call).get("[flexible_asset_type_id]") and "filter-ignored" not in call.struck:
            raise absent_parameter("flexible_asset_type_id")
        return self._list(call, "asset", ASSET)


def _create_asset(call: Call) -> Reply:
    given = call.body.get("data") if isinstance(call.body, dict) else None
    made = [_asset(call, data) for data in (given if isinstance(given, list) else [given])]
    data = [resource(row) for row in made]
    return answer({"data": data if isinstance(given, list) else data[0]}, 201)


def _asset(call: Call, data: object) -> Record:
    values = attributes(call, data)
    organization = str(call.ids[0]) if call.ids else str(values.get("organization-id"))
    kind, traits = str(values.get("flexible-asset-type-id")), values.get("traits")
    if call.state.find("organization", organization) is None:
        raise invalid("organization_id", "Organization must exist")
    if call.state.find("asset_type", kind) is None:
        raise invalid("flexible_asset_type_id", "Flexible asset type must exist")
    if not isinstance(traits, dict):
        raise absent_parameter("traits")
    return Editor(call.state).add_asset(organization, kind, _title(call, kind, traits), traits)


def _title(call: Call, kind: str, traits: Mapping[str, object]) -> str:
    """The value of the field that the type uses for titles. Raises the API's 422 when it is blank."""
    rows = [row["attributes"] for row in call.state.records("asset_field")]
    title = next(row for row in rows if row["use-for-title"] and row["flexible-asset-type-id"] == int(kind))
    value = traits.get(title["name-key"])
    if value in (None, ""):
        raise invalid(f"traits/{title['name-key']}", f"{title['name']} can't be blank")
    return str(value)


def _change_asset(call: Call) -> Reply:
    """All traits are replaced: those that the caller leaves out, or sends as null, are deleted."""
    record, traits = one(call, "asset"), attributes(call).get("traits")
    if not isinstance(traits, dict):
        raise absent_parameter("traits")
    kept = {name: value for name, value in traits.items() if value is not None}
    title = _title(call, str(record["attributes"]["flexible-asset-type-id"]), kept)
    return answer({"data": resource(call.state.change("asset", record, traits=kept, name=title))})
