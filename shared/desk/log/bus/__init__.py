"""How facts travel between services: one port, two adapters that pass the same contract suite."""
