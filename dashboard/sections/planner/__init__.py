"""The planner: filters, two places side by side, who works where."""
