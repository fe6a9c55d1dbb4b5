"""Migrations of docs' own tables."""

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
