"""The parts that every service is built from: contract, decisions, event store, bus, HTTP."""
