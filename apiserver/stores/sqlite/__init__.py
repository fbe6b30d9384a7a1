"""The embedded engine: documents, events and state in SQLite files of one data folder."""
