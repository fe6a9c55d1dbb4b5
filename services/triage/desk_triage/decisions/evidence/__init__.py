"""Decisions on evidence that the collector asks vendors for: its subject, and the facts of an answer."""
