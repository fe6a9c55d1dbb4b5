"""Working time: calendars as people write them, resolved to instants. One version decides target, pause and rate."""
