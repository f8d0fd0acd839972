"""Interfaces around a `Position`: PettingZoo, Gymnasium, dialogue acts; snapshots, spaces, rendering."""
