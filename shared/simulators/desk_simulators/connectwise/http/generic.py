"""Handlers shared by every kind of record: list, count, get, create, patch, replace, delete."""

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from desk_simulators.connectwise.errors import missing_record
from desk_simulators.connectwise.http.call import Call, Handler, Reply, Routes
from desk_simulators.connectwise.listing.page import matching, page
from desk_simulators.connectwise.listing.projection import project
from desk_simulators.connectwise.listing.request import read_listing
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.records.resources import RESOURCES, Resource
from desk_simulators.kit.table import Record, Table


def collection(name: str) -> Routes:
    """Routes of a kind of record with a path of its own."""
    resource = RESOURCES[name]
    root = resource.path.lower()
    routes: Routes = {
        ("GET", root): lambda call: listed(call, resource, call.state.table(name)),
        ("GET", f"{root}/count"): lambda call: counted(call, resource, call.state.table(name)),
        ("GET", f"{root}/{{}}"): lambda call: one(call, name, call.ids[0]),
    }
    if resource.writable:
        routes |= {
            ("POST", root): lambda call: Reply(201, writes.create(call.state, name, call.body, call.actor)),
            ("PATCH", f"{root}/{{}}"): lambda call: _patched(call, name, call.ids[0]),
            ("PUT", f"{root}/{{}}"): lambda call: _replaced(call, name, call.ids[0]),
            ("DELETE", f"{root}/{{}}"): lambda call: _deleted(call, name, call.ids[0]),
        }
    return routes


def children(path: str, parent: str, name: str, field: str, *, writable: bool = False) -> Routes:
    """Routes of records that live under a parent: `path` has one `{}`, `field` of the child is the parent's id."""
    resource = RESOURCES[name]
    root = path.lower()

    def rows(call: Call) -> list[Record]:
        call.state.record(parent, call.ids[0])
        return call.state.table(name).find(field, call.ids[0])

    def under(handler: Callable[[Call, str, int], Reply]) -> Handler:
        def handle(call: Call) -> Reply:
            if all(row["id"] != call.ids[1] for row in rows(call)):
                raise missing_record(resource.name, call.ids[1])
            return handler(call, name, call.ids[1])

        return handle

    routes: Routes = {
        ("GET", root): lambda call: listed(call, resource, rows(call)),
        ("GET", f"{root}/count"): lambda call: counted(call, resource, rows(call)),
        ("GET", f"{root}/{{}}"): under(one),
    }
    if writable:
        routes[("POST", root)] = lambda call: _added(call, parent, name, field)
        routes[("PATCH", f"{root}/{{}}")] = under(_patched)
        routes[("DELETE", f"{root}/{{}}")] = under(_deleted)
    return routes


def listed(call: Call, resource: Resource, rows: Table | Iterable[Record]) -> Reply:
    found = page(read_listing(call.query, call.headers, resource), rows)
    links = ", ".join(f'<{_address(call, changes)}>; rel="{name}"' for name, changes in found.relations.items())
    wanted = call.query.get("fields") or call.query.get("columns") or ""
    body = [project(record, wanted) for record in found.records]
    return Reply(200, body, {"Link": links} if links else {})


def counted(call: Call, resource: Resource, rows: Table | Iterable[Record]) -> Reply:
    return Reply(200, {"count": len(matching(read_listing(call.query, {}, resource), rows))})


def one(call: Call, name: str, record_id: int) -> Reply:
    return Reply(200, project(call.state.record(name, record_id), call.query.get("fields", "")))


def _patched(call: Call, name: str, record_id: int) -> Reply:
    return Reply(200, writes.patch(call.state, name, record_id, call.body, call.actor))


def _replaced(call: Call, name: str, record_id: int) -> Reply:
    return Reply(200, writes.replace(call.state, name, record_id, call.body, call.actor))


def _deleted(call: Call, name: str, record_id: int) -> Reply:
    writes.delete(call.state, name, record_id, call.actor)
    return Reply(204)


def _added(call: Call, parent: str, name: str, field: str) -> Reply:
    call.state.record(parent, call.ids[0])
    body = {**call.body, field: call.ids[0]} if isinstance(call.body, dict) else call.body
    return Reply(201, writes.create(call.state, name, body, call.actor))


def _address(call: Call, changes: dict[str, int]) -> str:
    return f"{call.url}?{urlencode({**call.query, **changes})}"
