"""Triage's read models: one file each, with its test beside it."""
