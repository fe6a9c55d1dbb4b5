"""The collector: automatic evidence, from the fact that triggers a question to the fact that records its answer."""
