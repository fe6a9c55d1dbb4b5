"""Tenants: the multi-client of the MSP, and a client each."""

from desk_simulators.auvik.errors import bad_value, missing
from desk_simulators.auvik.http.listing import Call, Routes, document
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

DETAIL = "v1/tenants/detail"
PREFIX = "tenantDomainPrefix"


def routes() -> Routes:
    return {("GET", "v1/tenants"): _tenants, ("GET", DETAIL): _details, ("GET", f"{DETAIL}/{{}}"): _one}


def _tenants(call: Call) -> Reply:
    return document({"data": call.state.records("tenant")})


def _details(call: Call) -> Reply:
    """The tenants below the one that `tenantDomainPrefix` names, itself included."""
    top = _named(call)
    return document({"data": [_detail(row) for row in call.state.records("tenant") if _below(row, top)]})


def _one(call: Call) -> Reply:
    _named(call)
    found = next((row for row in call.state.records("tenant") if row["id"] == str(call.ids[0])), None)
    if found is None:
        raise missing("tenant")
    return document({"data": _detail(found)})


def _named(call: Call) -> Record:
    wanted = call.query.get(PREFIX, "")
    if not wanted:
        raise bad_value(PREFIX, "is required")
    rows = call.state.records("tenant")
    found = next((row for row in rows if row["attributes"]["domainPrefix"] == wanted), None)
    if found is None:
        raise missing("tenant")
    return found


def _below(row: Record, top: Record) -> bool:
    parent = row["relationships"].get("parent", {"data": {"id": None}})["data"]["id"]
    return top["id"] in (row["id"], parent)


def _detail(row: Record) -> Record:
    attributes = {
        "domainPrefix": row["attributes"]["domainPrefix"],
        "displayName": row["attributes"]["name"],
        "tenantType": row["attributes"]["tenantType"],
        "enabled": True,
        "subscribed": True,
        "subscriptionOwner": "None",
        "running": True,
    }
    return {"type": "tenants", "id": row["id"], "attributes": attributes, "relationships": row["relationships"]}
