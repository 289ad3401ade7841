"""From the bytes of an upload to checked rows and findings."""
