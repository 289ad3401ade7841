"""The local committees (LCCHT): ladder, expiry, status on a day, history."""
