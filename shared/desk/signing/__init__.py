"""Signs facts with the key of their owner and verifies the signatures of all owners (Ed25519, RFC 8032)."""
