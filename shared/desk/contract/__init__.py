"""The published language: facts, their envelope, bytes, states and gates. Pure."""
