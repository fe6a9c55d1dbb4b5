"""Policies as decisions read them: parsed when they are published, one attribute each."""

from __future__ import annotations

import pytest

from desk.decision.policies.documents import DOCUMENTS
from desk.decision.policies.lookup import Policies
from desk.decision.policies.triage import Matrix, Routing
from desk.policies.book import BUILTIN, PolicyBook, builtin


@pytest.mark.parametrize("name", BUILTIN)
def test_every_policy_that_ships_is_an_attribute_with_its_document(name: str) -> None:
    attribute = "external_mode" if name == "outside-mode" else name.replace("-", "_")
    assert isinstance(getattr(Policies, attribute), property)
    assert type(getattr(PolicyBook(), attribute)) is DOCUMENTS[name]


def test_an_attribute_is_the_version_in_force_and_is_parsed_once() -> None:
    book = PolicyBook()
    book.put("routing", "2", {**builtin("routing"), "p1_may_wait_on_client": True})
    assert book.routing.p1_may_wait_on_client
    assert book.routing is book.routing
    assert not book.document(Routing, "1").p1_may_wait_on_client
    book.retire("routing", "2")
    assert not book.routing.p1_may_wait_on_client


def test_content_that_is_no_document_changes_nothing() -> None:
    book = PolicyBook()
    with pytest.raises(ValueError, match="default_queue"):
        book.put("routing", "2", {**builtin("routing"), "default_queue": "Nowhere"})
    assert book.version("routing") == "1"
    assert book.routing.default_queue == "Service Desk"


def test_a_version_that_nobody_published_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="import:nobody"):
        PolicyBook().document(Matrix, "import:nobody")
