"""Steps that fold triage's facts into its slice, by group of facts."""
