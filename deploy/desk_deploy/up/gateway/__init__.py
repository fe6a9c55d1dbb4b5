"""One port in front of services that run in processes of their own."""
