"""Reads over HTTP: tickets, timelines, lists, exports, read-your-writes, facts of a peer."""
