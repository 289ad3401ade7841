"""The command `sima`: one module for each group of commands."""
