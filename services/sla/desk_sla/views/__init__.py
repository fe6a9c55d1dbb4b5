"""Read models of the coordinator and the dispatcher: one file each."""
