"""ConnectWise PSA behind the port: converts its records to the port's types, and our fields to its patches."""
