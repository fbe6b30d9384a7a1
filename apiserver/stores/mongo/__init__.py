"""The MongoDB engine: documents in the databases, collections and fields of the reference server."""
