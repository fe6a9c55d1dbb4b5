"""Fixtures that the drill's tests share with the chaos tests."""

from tests.chaos.conftest import shown

__all__ = ["shown"]
