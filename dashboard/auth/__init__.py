"""Viewers and what they may open. Knows accounts, never holdings."""
