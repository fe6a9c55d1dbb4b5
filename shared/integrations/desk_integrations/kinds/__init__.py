"""One port per kind of vendor: a protocol, its records in the desk's terms, its capabilities as data."""
