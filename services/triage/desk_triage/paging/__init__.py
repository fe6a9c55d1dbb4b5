"""Pages at the vendor: calls that send, follow and end them, and the callbacks that hurry the following."""
