"""Webhooks: messages waiting for their due time, delivery with retries and switch-off, signatures."""
