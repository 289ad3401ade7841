"""The access store: accounts, visits, sign-in, the chained audit log."""
