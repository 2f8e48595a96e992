from datetime import timedelta

from django.conf import settings

from loops.session_intelligence.models import SessionAction, SessionPipeline
from monitoring.demo.learning_steps import agree_to_share, make_guardian, make_student
from monitoring.demo.stage import DemoStage
from viral_engine.accounts.models import Role
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject, TutoringSession

TRANSCRIPT = settings.BASE_DIR / "viral_engine" / "seed_transcript.vtt"


def play(stage: DemoStage) -> None:
    """A tutor uploads a transcript; a worker redacts and summarizes it, and it becomes at least four actions."""
    at = now()
    ray = stage.join(stage.stranger(), "Ray", Role.TUTOR)
    sam, tess = stage.learner("Sam"), stage.join(stage.stranger(), "Tess", Role.PARENT)
    make_student(ray, sam, at)
    make_guardian(tess, sam, at)
    agree_to_share(stage, tess, sam, at)
    start = (at - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    form = {"student_id": str(sam.id), "subject": str(Subject.objects.get(slug="math").pk), "duration_min": "45"}
    ray.browser.post("/sessions/new/", form | {"started_at": start}, ("transcript_file", TRANSCRIPT))
    session = TutoringSession.objects.get(tutor=ray.user)
    stage.fact("Uploaded", f"{TRANSCRIPT.stat().st_size // 1024} KiB of WebVTT for session {session.pk}")

    pipelines = SessionPipeline.objects.filter(session=session, delivered_at__isnull=False)
    pipeline = stage.wait("A worker reads the transcript", pipelines.first)
    session.refresh_from_db()
    took_s = ((pipeline.delivered_at or at) - pipeline.received_at).total_seconds()
    stage.fact("Summarized", f"DemoStage {pipeline.stage} after {took_s:.1f} s")
    page = sam.browser.get(f"/sessions/{session.pk}/insights/")
    cited = page.text.count('href="#cue-')
    stage.fact("Page", f"Sam's page has {cited} items that lead to their cue")
    names = {one.id: one.name for one in (ray, sam, tess)}
    for action in SessionAction.objects.select_related("link").filter(session=session).order_by("pk"):
        minute = f"minute {action.cue_at_s // 60}:{action.cue_at_s % 60:02d}" if action.cue_at_s is not None else "-"
        where = f", link /r/{action.link.code}" if action.link else f", {action.reason or 'waits for its person'}"
        who = names[action.owner_id]
        stage.fact("Action", f"{action.get_kind_display()} for {who}: {action.status}, from {minute}{where}")
