"""Applies facts from the bus to the event store, each once, in its owner's order; parks records that cannot be
applied."""
