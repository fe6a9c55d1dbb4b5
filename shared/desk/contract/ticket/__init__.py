"""The ticket: its facts by owner, its slices, and its gates."""
