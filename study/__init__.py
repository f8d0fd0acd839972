"""People in the loop: a rating site, a user study, pair annotation and "who wrote this?", with their statistics."""
