"""Achievement Spotlight: a learner shows a new badge, and whoever sees it tries a few questions of its skill."""
