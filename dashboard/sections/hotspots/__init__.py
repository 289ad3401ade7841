"""Hotspots: the places, the method."""
