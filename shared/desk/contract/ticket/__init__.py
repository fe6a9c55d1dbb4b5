"""The published language: every fact of a ticket, its owner, and the ticket that the facts fold to."""
