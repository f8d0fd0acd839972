"""Scripted persuadees and persuaders."""
