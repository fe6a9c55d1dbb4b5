"""The write path: work items, decisions on the group's state, one transaction per group."""
