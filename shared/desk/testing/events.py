"""Events of tests that name a fact by its wire name, which says nothing to the type checker."""

from __future__ import annotations

from typing import Any

from desk.contract.event import Event

AnyEvent = Event[Any]
