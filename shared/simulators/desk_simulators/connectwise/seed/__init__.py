"""Records that the simulated MSP starts with."""
