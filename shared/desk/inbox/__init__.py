"""Bus to event store: every fact applied once, in the order of its owner; what cannot be applied is parked."""
