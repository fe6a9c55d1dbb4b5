"""The published language: facts, envelope, codec, states, gates. Pure."""
