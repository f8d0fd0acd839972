"""Measuring: fresh conversations, intervals, the leaderboard of planners."""
