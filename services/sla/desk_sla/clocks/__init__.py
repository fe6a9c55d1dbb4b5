"""The timeline of one ticket: folded from facts, and read by the engine as history."""
