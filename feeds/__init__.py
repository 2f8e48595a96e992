"""Activity feed, cohort rooms, chat and cohort challenges. Issue #4 moves in here."""
