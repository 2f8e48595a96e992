"""Pure rules of the loops, without a clock and without a database."""
