"""Private states and conditions read off a corpus: by rules, or by a chat model."""
