"""Supervised loops, their heartbeats and watchdogs, and tasks that a process cannot do without."""
