"""The production gateway of intake over a PSA in memory: stepped from one call of the port to the next."""
