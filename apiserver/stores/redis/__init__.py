"""The engine of short-lived state on a Redis server: the registry alone imports from here."""
