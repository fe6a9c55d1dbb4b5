"""The vendor's site outside the REST API: the codebase of a company and the signing key of its callbacks."""

import re

from starlette.requests import Request

from desk_simulators.connectwise.errors import ApiError, missing_endpoint
from desk_simulators.connectwise.http.access import authenticate
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.http.call import TEXT, Reply

KEY_PATH = re.compile(r"/[^/]+/+system/callbackkey/index\.rails")
COMPANY_PATH = re.compile(r"/login/companyinfo/(?P<company>[^/]+)/?")


def company_info(state: PsaState, codebase: str, company: str) -> Reply:
    """JSON null for an unknown company."""
    instance = state.instance
    if company.casefold() != instance.company_id.casefold():
        return Reply(200)
    info = {
        "CompanyName": instance.company_name,
        "Codebase": codebase,
        "VersionCode": codebase.strip("/"),
        "VersionNumber": f"{instance.version}.00001",
        "CompanyID": instance.company_id,
        "IsCloud": True,
    }
    return Reply(200, info)


def signing_key(state: PsaState, request: Request) -> Reply:
    """The key as JSON under a text content type."""
    instance, query = state.instance, request.query_params
    try:
        if state.behaviour.key_needs_credentials:
            authenticate(state, request.method, "", request.headers)
        if (query.get("companyName"), query.get("id")) != (instance.company_id, instance.key_id):
            raise missing_endpoint()
    except ApiError as error:
        return Reply(error.status, error.body(), error.headers)
    return Reply(200, {"signing_key": instance.signing_key}, media_type=TEXT)
