from loops.tutor_spotlight.bookings import forget_person, purge_bookings
from loops.tutor_spotlight.models import BookingRequest, Spotlight
from viral_engine.kernel.privacy.policies import Call, Keep, PersonPath, Purge, declare

FORGET = Call(forget_person)

declare(
    Spotlight,
    retention="rewards",
    people=(PersonPath("tutor", Keep("The tutor's offer by number; its link is off.")),),
)
declare(
    BookingRequest,
    retention="rewards",
    people=(PersonPath("user", FORGET), PersonPath("guest__user", FORGET), PersonPath("tutor", FORGET)),
    words={"name": "user", "email": "user", "suits": "user", "note": "user"},
    purges={
        "bookings": Purge(
            "requested_at",
            blank={"name": "", "email": "", "suits": "", "note": ""},
            service=lambda at: purge_bookings(at=at),
        )
    },
)
