"""The world that the suite plays in, and the controls that it needs of a vendor's simulator or sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import httpx

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.harness import Ask, SignedInHarness
from desk_integrations.kinds.documentation import Documentation, Runbook, RunbookBlock, SearchTerms

ACME, BRIXTON, EMPTY, UNMAPPED = "acme", "brixton", "empty-client", "nimbus"
SYNC = SearchTerms(("stock sync",))
RUNBOOK = Runbook(
    key="DS-4711",
    title="AcmeStock blocked",
    blocks=(
        RunbookBlock("heading", "Symptom"),
        RunbookBlock("text", "Sync fails at 02:00 <b>every</b> night & day.\nThe log says 5 > 4."),
        RunbookBlock("heading", "Fix"),
        RunbookBlock("text", "Release the file's quarantine."),
    ),
    device="d-pc-1",
)
CHANGED = replace(
    RUNBOOK,
    blocks=(
        RunbookBlock("heading", "Symptom"),
        RunbookBlock("text", "It is solved."),
        RunbookBlock("text", "Nothing else."),
    ),
)


@dataclass(frozen=True, slots=True)
class DocumentSeed:
    """A document of the world. `text` is what its readers see; `foldered` documents are in a folder."""

    key: str
    client: str
    title: str
    text: str
    foldered: bool = False
    restricted: bool = False


DOCUMENTS = (
    DocumentSeed("runbook", ACME, "AcmeStock release steps", "The stock sync of A. Khan fails.", foldered=True),
    *(DocumentSeed(f"note-{number}", ACME, f"Note {number}", f"Shelf {number} of 13") for number in range(1, 14)),
    DocumentSeed("secret", ACME, "Management only", "The stock sync is to be sold.", restricted=True),
    DocumentSeed("foreign", BRIXTON, "Stock sync of Brixton", "The stock sync of Brixton."),
)


class StoredRunbook(NamedTuple):
    """A document at the vendor: its name, the plain text of its parts, whether it is published."""

    name: str
    texts: tuple[str, ...]
    published: bool


class DocumentationHarness(SignedInHarness[Documentation]):
    """One vendor with the world above in it.

    `pc-1` and `alone` are devices of ACME, `foreign-pc` is one of BRIXTON. The record `exception` of ACME, about an
    exception for the stock sync, holds a password; it and the document `runbook` are related to `pc-1`.
    """

    kind = "documentation"
    documents_path: ClassVar[str]
    """Pattern of the path of the list of a client's documents, which a search and a write need."""
    document_path: ClassVar[str]
    device_path: ClassVar[str]
    writes: ClassVar[tuple[tuple[str, str], ...]]
    """Method and path prefix, as the simulator's faults take them, of every write of RUNBOOK."""
    changes: ClassVar[tuple[tuple[str, str], ...]]
    """The same of every write that turns RUNBOOK into CHANGED."""

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        super().__init__(transport, clock)
        self.identity.clients = {client: self.client_id(client) for client in (ACME, BRIXTON, EMPTY)}
        mapped = {"d-pc-1": "pc-1", "d-alone": "alone", "d-foreign": "foreign-pc"}
        self.identity.devices = {(ACME, device): self.device_id(key) for device, key in mapped.items()}
        self.identity.devices |= {
            (ACME, "d-gone"): "999999999",
            (ACME, "d-odd"): "../../organizations?x=1",
            (ACME, "d-long"): "9" * 5000,
        }

    def asks(self) -> Mapping[str, Ask[Documentation]]:
        runbook = self.external("runbook")
        return {
            "document": Ask(lambda port: port.document(ACME, runbook), self.document_path),
            "related": Ask(lambda port: port.related(ACME, "d-pc-1"), self.device_path),
            "search": Ask(lambda port: port.search(ACME, SYNC), self.documents_path),
            "upsert_runbook": Ask(lambda port: port.upsert_runbook(ACME, RUNBOOK), self.documents_path),
        }

    @property
    def personal(self) -> tuple[str, ...]:
        return ("A. Khan", "AcmeStock", "Brixton", "swordfish")

    @abstractmethod
    def client_id(self, client: str) -> str:
        """The vendor's id of ACME, BRIXTON or EMPTY."""

    @abstractmethod
    def device_id(self, key: str) -> str:
        """The vendor's id of a device."""

    @abstractmethod
    def external(self, key: str) -> str:
        """The port's id of a seeded document, of the record `exception`, or of a device."""

    @abstractmethod
    def edit_document(self, key: str, text: str) -> None:
        """Another text of a seeded document, at the present time."""

    @abstractmethod
    def remove_document(self, key: str) -> None: ...

    @abstractmethod
    def relate(self, key: str, device: str) -> None:
        """The vendor relates a seeded document to a device, also across clients."""

    @abstractmethod
    def lose_answer(self, method: str, path: str) -> None:
        """The next write that matches is carried out and its answer never comes."""

    @property
    @abstractmethod
    def answers_to_lose(self) -> int:
        """The number of writes of `lose_answer` that have not come."""

    @abstractmethod
    def runbooks(self, client: str) -> list[StoredRunbook]:
        """The documents of a client whose name contains RUNBOOK's key or title."""

    @abstractmethod
    def related_to(self, device: str) -> list[str]:
        """The port's ids of the items that the vendor relates to a device, each as often as it does."""

    @abstractmethod
    def edit_runbook(self, text: str) -> None:
        """A person replaces the last part of RUNBOOK's document."""
