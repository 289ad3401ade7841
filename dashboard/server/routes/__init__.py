"""Plain routes beside the pages: sign-in, map data, map files, health."""
