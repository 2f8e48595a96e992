"""Streak Rescue: a learner about to lose a streak asks a friend to practice with them; both win a streak shield."""
