"""Callback registrations (contract 1.1)."""

from desk_simulators.connectwise.records.resources.resource import Resource, names

CALLBACK = Resource(
    name="callbackEntry",
    path="system/callbacks",
    fields=names("description url objectId type level payloadVersion inactiveFlag isSelfSuppressedFlag"),
    required=("url", "objectId", "type", "level"),
    read_only=names("memberId isSoapCallbackFlag connectWiseID"),
    limits={"description": 100},
    defaults={
        "payloadVersion": "3.0.0",
        "inactiveFlag": False,
        "isSoapCallbackFlag": False,
        "isSelfSuppressedFlag": False,
    },
    writable=True,
    indexed=("type",),
)
