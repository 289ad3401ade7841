"""Charts of released figures, for any page."""
