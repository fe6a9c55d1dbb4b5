"""Mail inside notes: separates the writer's words from quotations, and recognises automatic messages."""
