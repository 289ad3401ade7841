"""Released stores: all that a viewer may open."""
