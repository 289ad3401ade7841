"""The local committees: where they stand, how they changed."""
