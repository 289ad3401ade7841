"""The release gate's mathematics: which cells there are, and which of them may be seen."""
