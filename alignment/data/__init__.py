"""What is learned from and whom a run talks to: demonstrations, annotation, the split by user."""
