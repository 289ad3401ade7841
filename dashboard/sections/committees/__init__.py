"""The local committees: their rungs today, over time, and one committee's history."""
