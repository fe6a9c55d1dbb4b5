"""The controls that the suite needs of a page's simulator."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from desk_integrations.conformance.harness import Ask, VendorHarness
from desk_integrations.kinds.status import Status

COMPONENT = "Sign-in"
"""A component that every page of the suite has."""


class StatusHarness(VendorHarness[Status]):
    """One page, with no open incident at first."""

    kind = "status"
    page: ClassVar[str]
    """Pattern of the path of the document that names the open incidents."""
    history: ClassVar[str]
    """Pattern of the path of the document that names resolved ones; a pattern of no path where there is none."""

    def asks(self) -> Mapping[str, Ask[Status]]:
        return {
            "components": Ask(lambda port: port.components(), self.page),
            "incidents": Ask(lambda port: port.incidents(), self.page),
        }

    @property
    def personal(self) -> tuple[str, ...]:
        """Status pages are public; their texts are written by strangers all the same."""
        return ("Looking into it, says A. Khan",)

    @abstractmethod
    def report(self, title: str, text: str, impact: Literal["none", "minor", "major"]) -> str:
        """A new incident that concerns COMPONENT; answers the vendor's id."""

    @abstractmethod
    def update(self, external: str, state: Literal["identified", "monitoring", "resolved"], text: str) -> None: ...

    @abstractmethod
    def edit(self, external: str, text: str) -> None:
        """Another text of the newest update."""

    @abstractmethod
    def remove(self, external: str) -> None:
        """The page lists the incident no more, although it was not resolved."""

    @abstractmethod
    def restore(self, external: str) -> None: ...

    @abstractmethod
    def plan(self, title: str) -> str:
        """A maintenance that begins in an hour; answers the vendor's id."""

    @abstractmethod
    def torn(self) -> Callable[[object], object]:
        """A change to the document that leaves out a part without which it is no whole one."""
