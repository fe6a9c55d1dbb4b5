"""SLA policy documents: parsing, selection, review, comparison. Pure."""
