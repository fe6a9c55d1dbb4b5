"""Exchange of facts between services: the port, the relay, and two adapters (`local`, `kafka`) with one contract
suite."""
