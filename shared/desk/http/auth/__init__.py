"""Access: bearer tokens, the keys that verify them, roles and client scope, denials."""
