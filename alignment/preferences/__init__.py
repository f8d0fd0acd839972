"""Preference pairs: mined from trees, stored, exported."""
