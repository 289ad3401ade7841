"""What the reference files say: units, calendar, indicators, policy, findings."""
