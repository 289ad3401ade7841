"""Protect any table of counts, also one that has nothing to do with Sima's programme."""
