"""Decisions of sla. Pure: the ticket with its timeline, the instant and the documents are arguments."""
