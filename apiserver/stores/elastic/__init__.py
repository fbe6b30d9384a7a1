"""Elasticsearch: events and statistics in the layout of the reference server. Docs: docs/events.md, docs/scale-out.md."""
