"""Read models that every service has, their rebuilding, and exports."""
