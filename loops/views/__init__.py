from loops.views.back import challenge_back
from loops.views.badge import badge, try_it
from loops.views.cards import card
from loops.views.challenge import landing, play
from loops.views.kit import kit
from loops.views.links import follow
from loops.views.mail import stop_mail
from loops.views.parent import join_as_parent, parent_landing, reel, try_out
from loops.views.prompts import after_result, challenge_a_friend, dismiss, share, share_sheet, waiting
from loops.views.rally import rally, rally_board, take_part
from loops.views.recaps import recap, recap_reel, recaps, share_recap
from loops.views.rescue import help_save, rescue
from loops.views.rewards import buy, rewards, wear
from loops.views.tutor import book_lesson, try_lesson, tutor
from loops.views.tutoring import answer_booking, bookings, cancel_booking, tutor_referrals, tutor_requests
from loops.views.why import why

__all__ = [
    "after_result",
    "answer_booking",
    "badge",
    "book_lesson",
    "bookings",
    "buy",
    "cancel_booking",
    "card",
    "challenge_a_friend",
    "challenge_back",
    "dismiss",
    "follow",
    "help_save",
    "join_as_parent",
    "kit",
    "landing",
    "parent_landing",
    "play",
    "rally",
    "rally_board",
    "recap",
    "recap_reel",
    "recaps",
    "reel",
    "rescue",
    "rewards",
    "share",
    "share_recap",
    "share_sheet",
    "stop_mail",
    "take_part",
    "try_it",
    "try_lesson",
    "try_out",
    "tutor",
    "tutor_referrals",
    "tutor_requests",
    "waiting",
    "wear",
    "why",
]
