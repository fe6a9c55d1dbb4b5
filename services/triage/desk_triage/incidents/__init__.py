"""Major incidents over HTTP: their commands, their reads, and the read model of their states."""
