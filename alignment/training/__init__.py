"""The trainers: pretraining, SFT, reward model, DPO, and the rows they read."""
