"""Problem responses (RFC 9457), and the mapping of exceptions to them."""
