"""Read models for coordinator and dispatcher, one file each."""
