"""Facts between services: one port, two adapters (`local`, `kafka`) that pass the same contract suite; the relay."""
