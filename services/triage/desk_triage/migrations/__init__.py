"""Migrations of triage's own tables."""

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
