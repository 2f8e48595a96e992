"""Personal-data policies of webhooks: people by number, and nothing that they wrote."""

from viral_engine.kernel.privacy.policies import Delete, PersonPath, Purge, declare
from viral_engine.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

declare(
    WebhookEndpoint,
    retention="content",
    codes="title url event_types disabled_for",
    hidden="secret previous_secret",
    reason="An address of a program of the company.",
)
declare(
    WebhookDelivery,
    retention="operations",
    people=(PersonPath("actor_id", Delete()),),
    codes="type data last_error left_out",
    purges={"operations": Purge("created_at")},
)
declare(
    WebhookAttempt,
    retention="operations",
    people=(PersonPath("delivery__actor_id", Delete()),),
    codes="error",
    purges={"operations": Purge("at")},
)
