"""Notes, replies and time entries of a PSA record, read and recorded as facts of its ticket."""
