"""ConnectWise PSA behind the port: what its records mean to us, and how ours are written there."""
