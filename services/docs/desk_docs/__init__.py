"""Docs: resolution document, client summary, runbooks, survey, obligations, the final close."""
