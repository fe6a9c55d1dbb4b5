"""Commands, the context of a decision, and refusals. Pure."""
