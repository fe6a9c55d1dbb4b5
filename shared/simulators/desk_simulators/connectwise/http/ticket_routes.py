"""Sub-resources of a ticket: search, notes with time, attached configurations, merging and bundling."""

from desk_simulators.connectwise.errors import missing_record
from desk_simulators.connectwise.http.call import Call, Reply, Routes, need
from desk_simulators.connectwise.http.generic import children, collection, counted, listed
from desk_simulators.connectwise.listing.projection import project
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.records.merge import attach_children, merge
from desk_simulators.connectwise.records.resources import RESOURCES
from desk_simulators.connectwise.records.resources.resource import Resource, names
from desk_simulators.kit.table import Record

TICKETS = "service/tickets"
TICKET_TYPES = ("ServiceTicket", "ProjectTicket")
FLAGS = ("detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag")
ADDED_TO = ("addToDetailDescriptionFlag", "addToInternalAnalysisFlag", "addToResolutionFlag")
ALL_NOTE = Resource(
    "note",
    f"{TICKETS}/allNotes",
    names(
        f"""noteType ticket text isMarkdownFlag timeStart timeEnd bundledFlag mergedFlag originalAuthor
        createdByParentFlag member contact {" ".join(FLAGS)}"""
    ),
)
ATTACHED = Resource("configurationReference", f"{TICKETS}/configurations", names("deviceIdentifier"))
CHARGED = Resource("timeEntryReference", f"{TICKETS}/timeentries", names(""))


def ticket_routes() -> Routes:
    """A note's own id is unique, so that a time entry in `allNotes` may share a number with a note."""
    return {
        **collection("ticket"),
        **collection("changelog"),
        ("DELETE", f"{TICKETS}/changelogs"): _clear_changelogs,
        ("POST", f"{TICKETS}/search"): _search,
        **children(f"{TICKETS}/{{}}/notes", "ticket", "note", "ticketId", writable=True),
        ("GET", f"{TICKETS}/{{}}/allnotes"): _all_notes,
        ("GET", f"{TICKETS}/{{}}/timeentries"): lambda call: listed(call, CHARGED, _charged(call)),
        ("GET", f"{TICKETS}/{{}}/timeentries/count"): lambda call: counted(call, CHARGED, _charged(call)),
        ("GET", f"{TICKETS}/{{}}/configurations"): lambda call: listed(call, ATTACHED, _attached(call)),
        ("GET", f"{TICKETS}/{{}}/configurations/count"): lambda call: counted(call, ATTACHED, _attached(call)),
        ("GET", f"{TICKETS}/{{}}/configurations/{{}}"): _attached_one,
        ("POST", f"{TICKETS}/{{}}/configurations"): _attach,
        ("DELETE", f"{TICKETS}/{{}}/configurations/{{}}"): _detach,
        ("POST", f"{TICKETS}/{{}}/merge"): _merge,
        ("POST", f"{TICKETS}/{{}}/attachchildren"): _attach_children,
    }


def _clear_changelogs(call: Call) -> Reply:
    call.state.table("changelog").clear()
    return Reply(204)


def _search(call: Call) -> Reply:
    """A list whose query comes in the body; paging stays in the query string."""
    body = call.body if isinstance(call.body, dict) else {}
    asked = {name: value for name, value in body.items() if isinstance(value, str)}
    searched = Call(
        call.state, call.method, call.path, call.ids, {**call.query, **asked}, call.headers, body, call.actor, call.url
    )
    return listed(searched, RESOURCES["ticket"], call.state.table("ticket"))


def _all_notes(call: Call) -> Reply:
    ticket = call.state.record("ticket", call.ids[0])
    reference = {"id": ticket["id"], "summary": ticket["summary"]}
    notes = [_from_note(note, reference) for note in call.state.table("note").find("ticketId", ticket["id"])]
    entries = [_from_time(entry, reference) for entry in _time_of(call)]
    return listed(call, ALL_NOTE, [*notes, *entries])


def _from_note(note: Record, ticket: Record) -> Record:
    return {
        **_shared(note, ticket, "TicketNote", note["text"]),
        **{flag: note.get(flag, False) for flag in FLAGS},
        "mergedFlag": note.get("mergedFlag", False),
        "originalAuthor": note.get("createdBy"),
    }


def _from_time(entry: Record, ticket: Record) -> Record:
    flags = {flag: entry.get(added, False) for flag, added in zip(FLAGS, ADDED_TO, strict=True)}
    times: Record = {name: entry[name] for name in ("timeStart", "timeEnd") if name in entry}
    author = entry["_info"]["enteredBy"]
    return {
        **_shared(entry, ticket, "TimeEntryNote", entry.get("notes", "")),
        **flags,
        **times,
        "originalAuthor": author,
    }


def _shared(record: Record, ticket: Record, kind: str, text: str) -> Record:
    people: Record = {name: record[name] for name in ("member", "contact") if name in record}
    switches = {"isMarkdownFlag": False, "bundledFlag": False, "mergedFlag": False, "createdByParentFlag": False}
    info = record["_info"]
    return {"id": record["id"], "noteType": kind, "ticket": ticket, "text": text, **switches, **people, "_info": info}


def _attached(call: Call) -> list[Record]:
    call.state.record("ticket", call.ids[0])
    links = call.state.table("attachment").find("ticketId", call.ids[0])
    found = [call.state.table("configuration").get(link["configurationId"]) for link in links]
    return [_reference(configuration) for configuration in found if configuration is not None]


def _attached_one(call: Call) -> Reply:
    found = next((one for one in _attached(call) if one["id"] == call.ids[1]), None)
    if found is None:
        raise missing_record(ATTACHED.name, call.ids[1])
    return Reply(200, project(found, call.query.get("fields", "")))


def _reference(record: Record) -> Record:
    """A configuration or time entry as the vendor lists it below a ticket, without the rest of its fields."""
    kept = ("id", "deviceIdentifier", "_info")
    return {name: record[name] for name in kept if name in record}


def _charged(call: Call) -> list[Record]:
    call.state.record("ticket", call.ids[0])
    return [_reference(entry) for entry in _time_of(call)]


def _time_of(call: Call) -> list[Record]:
    charged = call.state.table("time").find("chargeToId", call.ids[0])
    return [entry for entry in charged if entry.get("chargeToType") in TICKET_TYPES]


def _attach(call: Call) -> Reply:
    call.state.record("ticket", call.ids[0])
    configuration = call.state.record("configuration", need(call.body, "id", int))
    if all(found["id"] != configuration["id"] for found in _attached(call)):
        link = {"ticketId": call.ids[0], "configurationId": configuration["id"]}
        writes.create(call.state, "attachment", link, call.actor)
        writes.touch(call.state, "ticket", call.ids[0], call.actor)
    return Reply(201, _reference(configuration))


def _detach(call: Call) -> Reply:
    for link in call.state.table("attachment").find("ticketId", call.ids[0]):
        if link["configurationId"] == call.ids[1]:
            writes.delete(call.state, "attachment", link["id"], call.actor)
            writes.touch(call.state, "ticket", call.ids[0], call.actor)
            return Reply(204)
    raise missing_record(ATTACHED.name, call.ids[1])


def _merge(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    merge(call.state, call.ids[0], need(body, "mergeTicketIds", list), body.get("status"), call.actor)
    return Reply(200, {"success": True, "message": "The tickets were merged."})


def _attach_children(call: Call) -> Reply:
    attach_children(call.state, call.ids[0], need(call.body, "childTicketIds", list), call.actor)
    return Reply(200, {"success": True, "message": "The tickets were attached."})
