"""The REST API: calls in, replies out, and the control endpoints of the simulator."""
