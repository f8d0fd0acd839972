"""Who speaks: scripted agents, language models and their backends."""
