"""Every JSON body in OpenAPI has an example, and the example is a valid body."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from desk.decision.command_body import Body
from desk.testing.http import Bench


class Line(Body):
    minutes: int = Field(ge=5)
    billable: bool


class Everything(Body):
    problem: str
    impact: Literal["high", "medium"]
    route: Literal["back"] | None
    at: AwareDatetime
    lines: list[Line]
    settings: dict[str, Any]
    queue: str | None = None
    left_out: int = 3


class Shown(Body):
    text: Annotated[str, Field(examples=["as its author wants it"])]


def router() -> APIRouter:
    found = APIRouter()

    @found.post("/everything")
    async def everything(body: Everything) -> None: ...

    @found.post("/shown")
    async def shown(body: Shown) -> None: ...

    return found


def example(path: str) -> Any:
    content = Bench([router()]).app.openapi()["paths"][path]["post"]["requestBody"]["content"]
    return content["application/json"]["example"]


def test_an_example_has_the_required_fields_and_those_with_example_values() -> None:
    found = example("/everything")
    assert Everything.model_validate(found)
    assert found["impact"] == "medium"
    assert found["lines"] == [{"minutes": 5, "billable": True}]
    assert "queue" in found
    assert "left_out" not in found


def test_an_example_of_the_author_is_kept() -> None:
    assert example("/shown") == {"text": "as its author wants it"}
