"""`desk up`: start a whole desk, in one process or one per service, and stop it in reverse order."""
