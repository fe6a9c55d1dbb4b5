"""Read models that every service keeps of its own replica."""
