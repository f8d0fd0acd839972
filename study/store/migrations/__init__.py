"""Alembic's environment of the study's tables."""
