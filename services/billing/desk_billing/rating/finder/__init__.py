"""Finds labour that is on no invoice: minutes that nobody logged, and the state of every logged minute."""
