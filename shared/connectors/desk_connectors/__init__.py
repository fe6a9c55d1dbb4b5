"""Vendors' APIs in their own terms. Knows no desk."""
