"""Rates a world that a file describes, as `desk money try` does: documents, labour and events, without a desk."""
