"""The instances of vendors as people configure them: documents, references to secrets, and the parts adapters need."""
