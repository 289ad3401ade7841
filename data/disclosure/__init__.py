"""Statistical disclosure control: what a release may say, and the proof of it."""
