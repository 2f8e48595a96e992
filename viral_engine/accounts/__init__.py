"""People: users and guests, guardians and consent, cohorts, friends."""
