"""Scripted seekers and supporters."""
