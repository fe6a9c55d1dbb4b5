"""Decisions on major incidents, and on the tickets that belong to one."""
