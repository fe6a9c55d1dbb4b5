"""Read models that every service has, their rebuild, and exports."""
