"""Polling: rounds over the feeds of one instance, made by one process, with pauses, revisits and feed states."""
