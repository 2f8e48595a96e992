"""Learning: questions, attempts, results, streaks, XP, badges and tutoring sessions."""
