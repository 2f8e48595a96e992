from datetime import datetime, timedelta

from loops.events import WeeklyRecapGenerated
from loops.proud_parent.models import Recap, RecapReel
from loops.proud_parent.recaps import FROM_HOUR, generate_recaps
from monitoring.demo.learning_steps import agree_to_share, make_guardian, practice_at
from monitoring.demo.stage import DemoStage
from monitoring.demo.steps import follow, share, tell_first_value, tell_offer, tell_rewards, tell_sign_up
from viral_engine.accounts.models import Role
from viral_engine.kernel.clock import midnight, now, today
from viral_engine.learning.models import Skill

LOOP = "proud_parent"


def play(stage: DemoStage) -> None:
    """A child's week becomes a recap; the parent shares it, and another parent joins with a class pass."""
    since = now()
    june = stage.learner("June")
    grace = stage.join(stage.stranger(), "Grace", Role.PARENT)
    make_guardian(grace, june, since)
    agree_to_share(stage, grace, june, since)
    monday = _this_monday(since)
    algebra = Skill.objects.get(slug="algebra")
    for days, right in ((2, 3), (3, 4), (4, 5)):
        practice_at(june, algebra, right=right, at=monday - timedelta(days=7) + timedelta(days=days, hours=16))

    generate_recaps(at=max(since, monday + timedelta(hours=FROM_HOUR.hour)))  # the beat's task; other families' too
    recap = Recap.objects.get(parent=grace.user, child=june.user)
    stage.fact("Recap", f"{recap.headline}; {recap.rounds} practices, {recap.active_days} days (row {recap.pk})")
    link = tell_offer(stage, grace, WeeklyRecapGenerated, LOOP)
    grace.browser.get(f"/recaps/{recap.pk}/")
    shared = share(stage, grace, link, "email")
    reels = RecapReel.objects.filter(share__link=link, made_at__isnull=False)
    reel = stage.wait("A worker draws the reel", reels.first)
    stage.fact("Reel", f"{len(reel.webp or b'') // 1024} KiB of animated WebP, drawn by the worker")

    at_hal = stage.stranger()
    landing = follow(stage, at_hal, shared, link, "email")
    at_hal.answer_all(at_hal.post(f"{landing}/try"), right="rrrww")
    tell_first_value(stage, link)
    at_hal.post(f"{landing}/join")
    hal = stage.join(at_hal, "Hal", Role.PARENT)
    tell_sign_up(stage, hal, link)
    tell_rewards(stage, LOOP, [grace, hal], since)


def _this_monday(at: datetime) -> datetime:
    day = today(at)
    return midnight(day - timedelta(days=day.weekday()))
