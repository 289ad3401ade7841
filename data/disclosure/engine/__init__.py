"""Suppression and audit of additive tables; independent of indicators, units and stores."""
