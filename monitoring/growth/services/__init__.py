from monitoring.growth.services.corrections import correct_events, leave_people_out
from monitoring.growth.services.rebuild import rebuild, start_anew
from monitoring.growth.services.tally import count_credits, count_decisions, count_events, count_rewards, progress

__all__ = [
    "correct_events",
    "count_credits",
    "count_decisions",
    "count_events",
    "count_rewards",
    "leave_people_out",
    "progress",
    "rebuild",
    "start_anew",
]
