"""Charts of released figures: drawing tools, no page of their own."""
