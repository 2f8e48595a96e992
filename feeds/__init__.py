"""Activity feed, cohort rooms, chat, cohort challenges and co-practice."""
