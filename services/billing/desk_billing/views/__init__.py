"""Billing's read models: one file each, table, projection and query."""
