"""Buddy Challenge: a learner dares a friend to beat their score; both win a streak shield."""
