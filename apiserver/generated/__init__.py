"""Printed from schema/ by `trackyard generate`; never edited."""
