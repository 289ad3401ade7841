"""Boundaries: national ones, imported wards, the files that browsers get."""
