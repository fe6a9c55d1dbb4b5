"""The whole API as one table: (method, path with ids as `{}`) -> handler."""

from desk_simulators.connectwise.errors import invalid_field, missing_endpoint, missing_record
from desk_simulators.connectwise.http.call import Call, Reply, Routes
from desk_simulators.connectwise.http.generic import children, collection, listed, one
from desk_simulators.connectwise.http.ticket_routes import ticket_routes
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.records.history import audit_key
from desk_simulators.connectwise.records.resources.resource import Resource, names
from desk_simulators.kit.http.routes import NAME
from desk_simulators.kit.numerals import is_number

COLLECTIONS = (
    "board",
    "priority",
    "severity",
    "impact",
    "sla",
    "survey",
    "company_status",
    "company",
    "contact",
    "configuration",
    "agreement",
    "time",
    "work_role",
    "work_type",
    "member",
)
COMMUNICATION = Resource(
    "contactCommunication",
    "company/contacts/communications",
    names("type value communicationType defaultFlag domain extension"),
)
AUDIT = Resource(
    "auditTrail", "system/audittrail", names("text enteredDate enteredBy auditType auditSubType auditSource")
)


def api_routes() -> Routes:
    routes: Routes = {}
    for name in COLLECTIONS:
        routes |= collection(name)
    return {
        **routes,
        **ticket_routes(),
        **children("service/boards/{}/statuses", "board", "status", "boardId"),
        **children("service/boards/{}/teams", "board", "team", "boardId"),
        **children("service/boards/{}/types", "board", "ticket_type", "board/id"),
        **children("service/slas/{}/priorities", "sla", "sla_priority", "sla/id"),
        **children("service/surveys/{}/results", "survey", "survey_result", "surveyId", writable=True),
        **children("finance/agreements/{}/additions", "agreement", "addition", "agreementId"),
        ("GET", "company/contacts/{}/communications"): _communications,
        ("GET", f"system/members/{NAME}"): _member,
        **collection("callback"),
        ("DELETE", "system/callbacks/{}"): _delete_callback,
        ("GET", "system/audittrail"): _audit_trail,
        ("GET", "system/info"): _info,
    }


def _communications(call: Call) -> Reply:
    contact = call.state.record("contact", call.ids[0])
    return listed(call, COMMUNICATION, contact.get("communicationItems") or [])


def _member(call: Call) -> Reply:
    """A member by identifier, where the path names no number."""
    found = call.state.table("member").first("identifier", call.names[0])
    if found is None:
        raise missing_record("member", call.names[0])
    return one(call, "member", found["id"])


def _delete_callback(call: Call) -> Reply:
    """A missing registration is answered as a missing endpoint, as recorded."""
    if call.state.table("callback").get(call.ids[0]) is None:
        raise missing_endpoint()
    writes.delete(call.state, "callback", call.ids[0], call.actor)
    return Reply(204)


def _audit_trail(call: Call) -> Reply:
    """`type` and `id` name the record; entries come oldest first."""
    kind, record_id = call.query.get("type", ""), call.query.get("id", "")
    if not kind or not is_number(record_id):
        raise invalid_field("auditTrail", "type" if not kind else "id", "Name the record by type and id.")
    trail = call.state.audit.get(audit_key(kind, int(record_id)), [])
    numbered = [{"id": number, **entry} for number, entry in enumerate(trail, 1)]
    reply = listed(call, AUDIT, numbered)
    entries = [{name: value for name, value in entry.items() if name != "id"} for entry in reply.body]
    return Reply(200, entries, reply.headers)


def _info(call: Call) -> Reply:
    instance = call.state.instance
    return Reply(
        200,
        {
            "version": f"{instance.version}.00001",
            "isCloud": True,
            "serverTimeZone": "Eastern Standard Time",
            "cloudRegion": "NA",
            "licenseBits": [{"name": "ServiceDesk", "activeFlag": True}],
        },
    )
