"""Buddy Challenge: a learner dares a friend to beat their score; both win a streak shield."""

from loops.buddy_challenge.loop import BuddyChallenge

__all__ = ["BuddyChallenge"]
