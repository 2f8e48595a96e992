"""Results Rally: a learner's result opens a live board, and whoever follows the link plays onto it."""
