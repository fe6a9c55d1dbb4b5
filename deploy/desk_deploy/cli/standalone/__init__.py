"""Commands that need no desk: they read a file, or run one simulator."""
