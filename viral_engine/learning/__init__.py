"""Questions, attempts, results, streaks, XP: what is learned here and how it is told."""
