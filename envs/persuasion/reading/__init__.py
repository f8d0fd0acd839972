"""Reading donations off the persuadee's words."""
