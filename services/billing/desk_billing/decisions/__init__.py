"""Billing's decisions, one activity per file: (command or fact, ticket, deciding) -> drafts, or a refusal. Pure."""
