"""Decisions of billing, one file per activity: (command or fact, ticket, context) -> drafts or a refusal. Pure."""
