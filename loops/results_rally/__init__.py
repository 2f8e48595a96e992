"""Results Rally: a learner's result opens a live board, and friends who follow the link play onto it."""
