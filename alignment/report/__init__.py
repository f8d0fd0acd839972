"""A run as a page: figures, conclusions, transcripts."""
