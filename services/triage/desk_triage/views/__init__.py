"""Read models of triage, one file each, with its test next to it."""
