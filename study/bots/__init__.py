"""Scripted raters who walk a study as people would, for tests, load and the demo."""
