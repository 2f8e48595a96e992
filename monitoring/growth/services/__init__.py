from monitoring.growth.services.corrections import correct_events, exclude_people
from monitoring.growth.services.rebuild import rebuild, reset_counts
from monitoring.growth.services.rollup import count_credits, count_decisions, count_events, count_rewards, counting_lag

__all__ = [
    "correct_events",
    "count_credits",
    "count_decisions",
    "count_events",
    "count_rewards",
    "counting_lag",
    "exclude_people",
    "rebuild",
    "reset_counts",
]
