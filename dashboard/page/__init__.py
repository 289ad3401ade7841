"""What every page is made of: layout, controls, markup."""
