"""dialogym inside other people's tools: one adapter a file, each with the library it is for as an extra.

A file imports its library at the top, so that it is imported by who has that library and by nobody else.
"""
