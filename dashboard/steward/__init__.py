"""Stewards' pages: the only page code that may know confidential figures."""
