"""The ending: K of the people of this run, as the dashboards count it, with its interval and its read-out."""

from loops.models import Loop
from loops.rules.k_factor import MIN_REFERRERS, KFactor, Sums, k_factor, read_out, sums_of
from monitoring.demo.stage import DemoStage
from monitoring.models import GrowthReferrer, StreamCursor
from viral_engine import formatting as fmt
from viral_engine.kernel.models import LoggedEvent


def tell_k(stage: DemoStage) -> None:
    """Wait until the growth counts include this run's last event, and report K of each loop and of all together."""
    last = LoggedEvent.objects.filter(actor_id__in=stage.people).order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return
    counted = StreamCursor.objects.filter(stream="events", position__gte=last)
    stage.wait("The growth counts catch up", counted.first)
    titles = dict(Loop.objects.values_list("name", "title"))
    rows = GrowthReferrer.objects.filter(user_id__in=stage.people)
    found: dict[str, Sums] = {}
    for row in rows.order_by("loop", "pk"):
        one = sums_of(invites=row.invites, referees=len(row.joined_after), sign_ups=row.sign_ups)
        found[row.loop] = found.get(row.loop, Sums()) + one
    table = [_line(titles.get(loop, loop) if loop else "All loops", k_factor(sums)) for loop, sums in found.items()]
    head = ("Loop", "Shown", "Invites", "First value", "Sign-ups", "K", "95% interval", "Read-out")
    if table:
        stage.narrator.table("K: friends with a first value for each person who was shown an offer", head, table)
    whole = k_factor(found.get("", Sums()))
    verdict = read_out(whole.fvm, is_mature=False)
    interval = fmt.interval(whole.fvm.low, whole.fvm.high)
    stage.fact("K", f"{fmt.ratio(whole.fvm.value)}, 95% interval {interval}, shown to {whole.fvm.people}")
    reason = f"{verdict.reason} A read-out needs 14 days and {MIN_REFERRERS} people."
    stage.fact("Against 1.20", f"{verdict.word}: {reason}")


def _line(title: str, k: KFactor) -> tuple[str, ...]:
    amounts = (k.sums.people, k.sums.invites, k.sums.referees, k.sums.sign_ups)
    interval = fmt.interval(k.fvm.low, k.fvm.high)
    word = read_out(k.fvm, is_mature=False).word
    return (title, *map(str, amounts), fmt.ratio(k.fvm.value), interval, word)
