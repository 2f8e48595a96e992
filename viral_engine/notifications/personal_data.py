"""Personal-data policies of notifications; they end with the account, and after 90 days."""

from viral_engine.kernel.privacy.policies import Delete, PersonPath, Purge, declare
from viral_engine.notifications.models import MutedKind, PushMessage, PushSubscription, QuietHours, UserNotification

declare(
    UserNotification,
    retention="notifications",
    people=(PersonPath("user", Delete()), PersonPath("about", Delete())),
    codes="kind",
    hidden="detail",
    purges={"notifications": Purge("happened_at")},
)
declare(
    PushMessage,
    retention="notifications",
    people=(PersonPath("subscription__user", Delete()),),
    codes="last_error left_out",
    purges={"notifications": Purge("send_after")},
)
declare(MutedKind, retention="account", people=(PersonPath("user", Delete()),), codes="kind channel")
declare(QuietHours, retention="account", people=(PersonPath("user", Delete()),), codes="time_zone")
declare(
    PushSubscription,
    retention="account",
    people=(PersonPath("user", Delete()),),
    hidden="endpoint endpoint_hash p256dh auth",
)
