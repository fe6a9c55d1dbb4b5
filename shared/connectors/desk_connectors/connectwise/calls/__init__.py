"""The calls, in groups; `ConnectWise` is all of them over one session."""
