"""Working time: calendar documents, resolved to instants. Targets, pauses and rates use the same version."""
