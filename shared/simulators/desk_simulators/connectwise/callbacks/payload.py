"""The body of a callback and its signature (contract 1.2, 1.3)."""

import hashlib
from urllib.parse import urlencode, urlsplit

from desk_simulators.connectwise.identity import Instance
from desk_simulators.connectwise.state import Change
from desk_simulators.kit.table import Record
from desk_simulators.kit.webhooks.signature import compact, hmac_base64

SIGNATURE_HEADER = "x-content-signature"
LEFT_OUT = ("customFields", "communicationItems", "fullName")
"""The embedded record is smaller than the one of the REST API."""


def key_url(instance: Instance, codebase: str) -> str:
    """Where the signing key is fetched; the double slash is the vendor's."""
    query = urlencode({"companyName": instance.company_id, "id": instance.key_id})
    return f"{instance.public_url}/{codebase}/system/callbackkey/index.rails?{query}"


def callback_body(instance: Instance, codebase: str, entry: Record, change: Change, message_id: str) -> bytes:
    """The raw body: `Entity` is JSON in a string, null on delete."""
    payload = {
        "Action": change.action,
        "CallbackObjectRecId": entry["id"],
        "CompanyId": instance.company_id,
        "Entity": None if change.after is None else compact(_embedded(change.after)),
        "FromUrl": urlsplit(instance.public_url).netloc,
        "ID": change.record_id,
        "MemberId": change.actor.identifier,
        "MessageId": message_id,
        "Metadata": {"key_url": key_url(instance, codebase)},
        "PartnerId": instance.partner_id,
        "ProductInstanceId": instance.product_instance_id,
        "Type": entry["type"],
    }
    return compact(payload).encode()


def sign(signing_key: str, body: bytes) -> str:
    """base64(HMAC-SHA256(SHA256(signing key), raw body))."""
    return hmac_base64(hashlib.sha256(signing_key.encode()).digest(), body)


def callback_address(url: str, record_id: int, action: str) -> str:
    """The registered URL, which should end in `?recordId=`, with record id and action appended."""
    query = urlencode({"action": action, "id": record_id})
    if "?" in url:
        return f"{url}{record_id}&{query}" if url.endswith("=") else f"{url}&{query}"
    return f"{url}?{query}"


def _embedded(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in LEFT_OUT}
