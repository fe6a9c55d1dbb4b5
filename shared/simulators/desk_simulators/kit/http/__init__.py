"""HTTP side of a simulator: routing, the request pipeline, control endpoints, server and in-process transport."""
