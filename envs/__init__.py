"""The game: dialogues, scenarios, positions, and the shells around them. What is public of it stands in `dialogym`."""
