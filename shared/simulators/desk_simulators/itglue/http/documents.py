"""Documents, their folders, and the sections that hold their text."""

from collections.abc import Mapping

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.errors import absent_parameter, bad_parameter, failure, invalid, missing
from desk_simulators.itglue.http.listing import (
    Call,
    Routes,
    admitted,
    answer,
    attributes,
    filters,
    of_organization,
    one,
    paged,
    resource,
)
from desk_simulators.itglue.http.related import with_related
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

OF_ORGANIZATION = "organizations/{}/relationships/documents"
SECTIONS, SECTION = "documents/{}/relationships/sections", "documents/{}/relationships/sections/{}"
FOLDER, FOLDER_NE = "[document_folder_id]", "[document_folder_id][ne]"
SECTION_TYPES = ("Document::Text", "Document::Heading", "Document::Gallery", "Document::Step")
EXTRAS = {"Document::Heading": ("level",), "Document::Step": ("duration", "reset-count")}
LEVELS = range(1, 7)


class Documents:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", OF_ORGANIZATION): self._list,
            ("POST", OF_ORGANIZATION): _create,
            ("DELETE", OF_ORGANIZATION): _remove,
            ("POST", "documents"): _create,
            ("DELETE", "documents"): _remove,
            ("GET", "documents/{}"): lambda call: with_related(call, "Document", _document(call)),
            ("PATCH", "documents/{}"): _rename,
            ("PATCH", "documents/{}/publish"): _publish,
            ("GET", SECTIONS): self._sections,
            ("POST", SECTIONS): _add_section,
            ("GET", SECTION): lambda call: answer({"data": resource(_section(call))}),
            ("PATCH", SECTION): _change_section,
            ("DELETE", SECTION): _remove_section,
            ("GET", "organizations/{}/relationships/document_folders"): self._folders,
            ("GET", "document_folders"): self._folders,
        }

    def _list(self, call: Call) -> Reply:
        """Without a filter by folder only documents outside of folders are listed."""
        if not call.state.behaviour.documents_module:
            raise missing("Organization")
        rows = _in_folder(call, of_organization(call, call.state.records("document")))
        return paged(call, rows, self._faults.page_overlap)

    def _sections(self, call: Call) -> Reply:
        document = int(_document(call)["id"])
        rows = [row for row in call.state.records("section") if row["attributes"]["document-id"] == document]
        fields = {"[id]": "id", "[resource_type]": "resource-type"}
        return paged(call, admitted(call, rows, fields), self._faults.page_overlap)

    def _folders(self, call: Call) -> Reply:
        if not call.state.behaviour.folder_lists:
            raise failure(403, "Forbidden", "Document folders are not available")
        rows = call.state.records("folder")
        rows = of_organization(call, rows) if call.ids else rows
        return paged(call, admitted(call, rows, {"[organization_id]": "organization-id"}), self._faults.page_overlap)


def _in_folder(call: Call, rows: list[Record]) -> list[Record]:
    form, given = call.state.behaviour.folder_filter, filters(call)
    if FOLDER_NE in given:
        if form == "none":
            raise bad_parameter("filter[document_folder_id]", "is invalid")
        return rows
    wanted = given.get(FOLDER)
    if wanted is None:
        return [row for row in rows if row["attributes"]["document-folder-id"] is None]
    if wanted == "null":
        if form != "null":
            raise bad_parameter("filter[document_folder_id]", "is invalid")
        return rows
    return [row for row in rows if str(row["attributes"]["document-folder-id"]) == wanted]


def _document(call: Call) -> Record:
    return one(call, "document")


def _create(call: Call) -> Reply:
    """A draft."""
    values = attributes(call)
    organization = str(call.ids[0]) if call.ids else str(values.get("organization-id"))
    if call.state.find("organization", organization) is None:
        raise invalid("organization_id", "Organization must exist")
    name, folder = _name(values), values.get("document-folder-id")
    if folder is not None and call.state.find("folder", str(folder)) is None:
        raise invalid("document_folder_id", "Document folder must exist")
    made = Editor(call.state).add_document(
        organization, name, folder=None if folder is None else int(folder), published=False
    )
    return answer({"data": resource(made)}, 201)


def _rename(call: Call) -> Reply:
    """Only the name changes; `content` has no effect."""
    record, values = _document(call), attributes(call)
    if "name" not in values:
        return answer({"data": resource(record)})
    return answer({"data": resource(Editor(call.state).rename_document(record["id"], _name(values)))})


def _publish(call: Call) -> Reply:
    return answer({"data": resource(Editor(call.state).publish_document(_document(call)["id"]))})


def _remove(call: Call) -> Reply:
    given = call.body.get("data") if isinstance(call.body, dict) else None
    if not isinstance(given, list) or not given:
        raise absent_parameter("data")
    keys = [str(attributes(call, data).get("id")) for data in given]
    if any(call.state.find("document", key) is None for key in keys):
        raise missing("Document")
    return answer({"data": [resource(Editor(call.state).remove_document(key)) for key in keys]})


def _section(call: Call) -> Record:
    document, record = _document(call), one(call, "section", 1)
    if record["attributes"]["document-id"] != int(document["id"]):
        raise missing("Section")
    return record


def _add_section(call: Call) -> Reply:
    document, values = _document(call), attributes(call)
    kind, content, sort = values.get("resource-type"), values.get("content", ""), values.get("sort")
    if not kind:
        raise absent_parameter("resource_type")
    if kind not in SECTION_TYPES:
        raise invalid("resource_type", "Resource type is not included in the list")
    extras = {name: values.get(name) for name in EXTRAS.get(kind, ())}
    if kind == "Document::Heading" and extras["level"] not in LEVELS:
        raise invalid("level", "Level must be from 1 to 6")
    rows = [row for row in call.state.records("section") if row["attributes"]["document-id"] == int(document["id"])]
    place = sort if isinstance(sort, int) else len(rows) + 1
    made = Editor(call.state).add_section(document["id"], kind, str(content or ""), place, **extras)
    return answer({"data": resource(made)}, 201)


def _change_section(call: Call) -> Reply:
    """The content changes, and never the type."""
    record, values = _section(call), attributes(call)
    if values.get("resource-type", record["attributes"]["resource-type"]) != record["attributes"]["resource-type"]:
        raise invalid("resource_type", "Resource type cannot be changed")
    changed = Editor(call.state).edit_section(record["id"], str(values.get("content", record["attributes"]["content"])))
    return answer({"data": resource(changed)})


def _remove_section(call: Call) -> Reply:
    return answer({"data": resource(Editor(call.state).remove_section(_section(call)["id"]))})


def _name(values: Mapping[str, object]) -> str:
    name = values.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "Name can't be blank")
    return name
