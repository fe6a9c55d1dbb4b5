"""The names of clocks: those agreed with the client, and those of teams (`ola:TEAM`) and vendors (`uc:VENDOR`)."""

from __future__ import annotations

from typing import Final

AGREED: Final = frozenset(("response", "next-response", "plan", "resolution"))


def is_agreed(clock: str) -> bool:
    """Whether the clock was agreed with the client. Operational-level and underpinning agreements are the MSP's own."""
    return clock in AGREED
