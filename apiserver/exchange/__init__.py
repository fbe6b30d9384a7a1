"""Projects as files: the zip format in which the reference server exports and imports them. Source: spec 6 §9. Docs: docs/exchange.md."""
