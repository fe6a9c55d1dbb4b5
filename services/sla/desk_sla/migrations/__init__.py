"""Migrations of sla's own read models."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
