"""Commands on history: `desk import` and `desk export`."""
