"""Maps of released figures: what a browser draws, by address."""
