"""The published contract as documents: schemas, AsyncAPI, samples, tables of the handbook."""
