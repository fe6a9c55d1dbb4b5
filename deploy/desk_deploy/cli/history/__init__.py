"""Commands that read and write history: `desk import` and `desk export`."""
