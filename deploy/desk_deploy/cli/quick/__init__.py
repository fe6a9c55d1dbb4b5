"""`desk quick`: a small ticket from the call to the close with one command."""
