"""Generates the documents of the contract: schemas, AsyncAPI, samples, the handbook's table of facts."""
