"""Revisions of triage's own tables, beside those that every service has."""

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
