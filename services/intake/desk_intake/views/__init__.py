"""Intake's read models beside those of the PSA: one file each, with table, projection and query."""
