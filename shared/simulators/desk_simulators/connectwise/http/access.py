"""Access to the API: credentials, client id, media type (contract 2.1, 2.2, 2.4).

The version that a client pins in `Accept` is not read: an unknown pin is answered in the newest shape.
"""

import base64
import binascii
from collections.abc import Mapping
from fnmatch import fnmatchcase
from hmac import compare_digest

from desk_simulators.connectwise.errors import ApiError
from desk_simulators.connectwise.identity import Actor, ApiKey, Instance
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.http.gateway import READING

MEDIA_TYPE = "application/vnd.connectwise.com+json"


def authenticate(state: PsaState, method: str, path: str, headers: Mapping[str, str]) -> Actor:
    """The API member of the key. Raises 401 for key or client id, 403 where the role may not write."""
    key = _key(state.instance, headers.get("authorization", ""))
    if key is None:
        raise ApiError(401, "Unauthorized", "Invalid company, public key or private key.")
    if headers.get("clientid", "") not in state.instance.client_ids:
        raise ApiError(401, "Unauthorized", "A valid clientId header is required.")
    if any(fnmatchcase(path.lower(), denied.lower()) for denied in key.denied):
        raise ApiError(403, "Security", "You do not have security permission to perform this action.")
    if key.read_only and method not in READING and not path.endswith("/search"):
        raise ApiError(403, "Security", "The security role of this member does not allow this action.")
    return state.member(key.member)


def json_only(method: str, headers: Mapping[str, str]) -> None:
    media = headers.get("content-type", "").split(";")[0].strip().lower()
    if method in ("POST", "PUT", "PATCH") and media not in ("application/json", MEDIA_TYPE):
        raise ApiError(415, "UnsupportedMediaType", "The content type must be application/json.")


def _key(instance: Instance, authorization: str) -> ApiKey | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, private = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    company, _, public = user.partition("+")
    key = instance.keys.get(public)
    if key is None or company.casefold() != instance.company_id.casefold():
        return None
    return key if compare_digest(private.encode(), key.private.encode()) else None
