"""Webhooks: the route that verifies and stores callbacks, and the subscriptions at the vendor that send them."""
