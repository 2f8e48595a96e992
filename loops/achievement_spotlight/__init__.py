"""Achievement Spotlight: a learner shows a new badge, and friends try a few questions of its skill."""
