"""Inference in this process: the transformers backend, its prefix cache, sampling and attention."""
