"""A planted programme: what must not come out is large and odd, and recognised wherever it turns up."""
