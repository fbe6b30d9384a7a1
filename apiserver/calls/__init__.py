"""A call without its web framework: routing, authentication, validation, errors."""
