"""Spatial mathematics; knows no database, no screen and no other package of ours."""
