"""People: accounts, cohorts, friends, families and consent."""
