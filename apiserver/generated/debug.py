# Generated from schema/services/debug.conf by `trackyard generate`. Do not edit.
"""Requests of `debug.*`, checked and converted."""
