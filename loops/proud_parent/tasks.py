from celery import shared_task

from loops.proud_parent import recaps, reels
from viral_engine.kernel.clock import now


@shared_task(name="loops.tasks.generate_recaps")
def generate_recaps() -> int:
    """Make last week's recaps from Monday morning on. Concurrent runs are safe: each family is locked."""
    return recaps.generate_recaps(at=now())


@shared_task(name="loops.tasks.make_reels")
def make_reels() -> int:
    """Draw reels of shared recaps. Concurrent runs are safe: each reel is leased."""
    return reels.make_reels(at=now())
