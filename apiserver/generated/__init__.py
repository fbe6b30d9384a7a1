"""Printed from schema/ by `trackyard generate`: request classes, errors, bindings. Never edited."""
