"""The page's history as RSS and Atom."""

from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record
from desk_simulators.statuspage.http.documents import listed
from desk_simulators.statuspage.state import PageState

ATOM = "http://www.w3.org/2005/Atom"


def rss(state: PageState, url: str) -> Reply:
    """One item per incident, the newest first."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    for name, text in (("title", f"{state.page.name} Status - Incident History"), ("link", url)):
        SubElement(channel, name).text = text
    SubElement(channel, "description").text = "Statuspage"
    for incident in listed(state, "incident"):
        item = SubElement(channel, "item")
        address = f"{url}/incidents/{incident['id']}"
        published = format_datetime(datetime.fromisoformat(incident["created_at"]))
        fields = {
            "title": incident["name"],
            "description": _history(incident),
            "pubDate": published,
            "link": address,
            "guid": address,
        }
        for name, text in fields.items():
            SubElement(item, name).text = text
    return _xml(root, "application/rss+xml")


def atom(state: PageState, url: str) -> Reply:
    """One entry per incident, the newest first."""
    root = Element("feed", xmlns=ATOM)
    fields = {"id": f"{url}/history", "title": f"{state.page.name} Status - Incident History"}
    for name, text in (fields | {"updated": state.updated_at}).items():
        SubElement(root, name).text = text
    for incident in listed(state, "incident"):
        entry = SubElement(root, "entry")
        address = f"{url}/incidents/{incident['id']}"
        SubElement(entry, "id").text = address
        SubElement(entry, "link", rel="alternate", type="text/html", href=address)
        for name, key in (("published", "created_at"), ("updated", "updated_at"), ("title", "name")):
            SubElement(entry, name).text = incident[key]
        SubElement(entry, "content", type="html").text = _history(incident)
    return _xml(root, "application/atom+xml")


def _history(incident: Record) -> str:
    rows = (f"{one['created_at']} - {one['status'].title()} - {one['body']}" for one in incident["incident_updates"])
    return "\n".join(rows)


def _xml(root: Element, media_type: str) -> Reply:
    return Reply(200, content=tostring(root, encoding="utf-8", xml_declaration=True), media_type=media_type)
