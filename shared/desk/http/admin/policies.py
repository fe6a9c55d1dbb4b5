"""Policy routes of every service. Versions are published and retired at their owner."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from desk.contract.bounds import Filter
from desk.decision.principal import Principal, Role
from desk.http.admin.policy_changes import preview
from desk.http.admin.policy_responses import PolicyChanges, PolicyList, PolicyVersion
from desk.http.admin.policy_versions import Policies, Publication, Retirement
from desk.http.app.schemas import document
from desk.http.auth.access import require
from desk.http.commands.command_route import Call, CommandAnswer, command

Administrator = Annotated[Call, Depends(command(Role.ADMIN, all_clients=True))]
Author = Annotated[Principal, Depends(require(Role.ADMIN, all_clients=True))]
Reader = Annotated[Principal, Depends(require(*(role for role in Role if role is not Role.CLIENT_IT)))]
PolicyName = Annotated[Filter, Path(max_length=64, description="Name of the policy, e.g. matrix")]
ANSWERS = {
    "GET /policies": PolicyList,
    "GET /policies/{policy}": PolicyVersion,
    "POST /policies/{policy}": CommandAnswer,
    "POST /policies/{policy}/changes": PolicyChanges,
    "POST /policies/{policy}/retire": CommandAnswer,
}
"""Route -> the answer that it writes and the command line reads."""


def policy_routes(policies: Policies) -> APIRouter:
    """The policy routes."""
    router = APIRouter(tags=["policies"])

    @router.get("/policies", summary="List policies", response_model=None)
    def listing(reader: Reader) -> Response:
        return policies.listing()

    @router.get("/policies/{policy}", summary="Get a policy with its content", response_model=None)
    def show(
        reader: Reader, policy: PolicyName, version: Annotated[Filter | None, Query(max_length=80)] = None
    ) -> Response:
        return policies.show(policy, version)

    @router.post("/policies/{policy}", summary="Publish a version", name="publish-policy", response_model=None)
    async def publication(policy: PolicyName, body: Publication, call: Administrator) -> Response:
        return await policies.publish(policy, body, call)

    @router.post("/policies/{policy}/changes", summary="Preview the changes of a version", response_model=None)
    async def changes(policy: PolicyName, body: Publication, reader: Author) -> Response:
        return await preview(policies, policy, body, reader)

    @router.post("/policies/{policy}/retire", summary="Retire a version", name="retire-policy", response_model=None)
    async def retirement(policy: PolicyName, body: Retirement, call: Administrator) -> Response:
        return await policies.retire(policy, body, call)

    document(router, ANSWERS)
    return router
