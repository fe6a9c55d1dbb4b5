"""Intake's decisions, one activity per file: (command or fact, ticket, context) -> drafts, or a refusal. Pure."""
