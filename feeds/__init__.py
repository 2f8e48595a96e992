"""Feeds: activities, cohort rooms with chat and challenges, and practice with a friend."""
