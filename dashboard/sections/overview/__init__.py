"""The overview: headline figures, how it works together, files and releases."""
