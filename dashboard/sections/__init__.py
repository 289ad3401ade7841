"""One story of a page each, from released facts; none imports another."""
