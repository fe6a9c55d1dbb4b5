"""Queries of billing, answered from its replica of a ticket."""
