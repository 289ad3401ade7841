"""Places in the checkout that several tests look at."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
