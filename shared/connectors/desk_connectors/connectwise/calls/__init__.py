"""The API calls, in groups; `ConnectWise` combines them over one session."""
