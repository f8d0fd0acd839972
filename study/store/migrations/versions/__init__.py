"""The versions of the study's tables, one a file."""
