"""Receipts: authentic callbacks, stored before they are answered, and the worker that reads the records they name."""
