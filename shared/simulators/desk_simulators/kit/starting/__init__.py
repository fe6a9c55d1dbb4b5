"""Start of a simulator from a command line: its description, options, announcement, and work until a signal."""
