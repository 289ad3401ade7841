"""Suppression and audit of additive tables; knows nothing of the programme."""
