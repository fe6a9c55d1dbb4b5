"""Problem responses (RFC 9457) and the table from exceptions to them."""
