"""What is published about the language: golden samples, JSON Schemas, an AsyncAPI document, a table of all facts."""
