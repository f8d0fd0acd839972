"""Learning: supervised fine-tuning, preferences, reward model, DPO, evaluation, and the run that joins them."""
