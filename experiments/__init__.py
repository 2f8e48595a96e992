"""Arms, exposures and honest statistics. Issue #5 moves in here."""
