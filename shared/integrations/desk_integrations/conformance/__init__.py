"""One test suite per kind, which every adapter of that kind passes."""
