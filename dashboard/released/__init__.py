"""Facts of releases for a page, without markup. Reads releases only."""
