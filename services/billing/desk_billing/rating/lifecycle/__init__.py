"""The life of rated labour: invoiced, voided, written off, adjusted, and billing periods that close."""
