"""Published figures and targets beside what releases say."""
