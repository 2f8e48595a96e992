from django.http import HttpResponse
from ninja import Router

from viral_engine.api.auth import ApiRequest, KeyWith
from viral_engine.api.schemas.inbound import BatchReport, EventBatch
from viral_engine.api.services.idempotency import answer_once
from viral_engine.api.services.inbound import accept_events
from viral_engine.kernel.clock import now

router = Router(tags=["Events"])


@router.post(
    "/events",
    auth=KeyWith("events:write"),
    response={200: BatchReport, 207: BatchReport},
    operation_id="send_events",
    summary="Send up to 100 events",
)
def send_events(request: ApiRequest, batch: EventBatch) -> HttpResponse:
    """Each event is stored or refused by itself: 200 when all were taken, 207 when some were refused.

    An event's `id` is taken once: sending it again, alone or in another batch, changes nothing.
    """
    at = now()

    def work() -> tuple[int, str]:
        report = accept_events(program=request.auth.program, sent=batch.events, at=at)
        return 207 if report.refused else 200, report.model_dump_json(exclude_none=True)

    return answer_once(request, request.auth.program, work, at=at)
