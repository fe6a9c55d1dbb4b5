"""Decisions of docs, one file per activity: (command or fact, ticket, context) -> drafts or a refusal. Pure."""
