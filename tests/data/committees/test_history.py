"""Committees in time: a whole life day by day, counts by quarter, budgets, and their season."""
