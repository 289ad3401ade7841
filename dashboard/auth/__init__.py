"""Who is looking, and what they may open. Knows accounts, never holdings."""
