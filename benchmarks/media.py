"""Measure share cards, a reel, a QR code and a chart.

    python -m benchmarks.media [--cards 40] [--reels 3]

Baseline: an empty canvas of the same size, scaled and written as PNG. No database. The first draw of each kind, which
loads fonts and paints the background, is not counted.
"""

import argparse
from collections.abc import Callable
from functools import partial

from benchmarks.harness import percentile, report, timed
from loops.achievement_spotlight.card import BadgeCard, draw_badge_card
from loops.buddy_challenge.card import HUE, ChallengeCard, draw_challenge_card
from loops.media.canvas import Canvas
from loops.media.cards.board import CardRow
from loops.media.cards.leaderboard import LeaderboardCard, draw_leaderboard_card
from loops.media.looks import CardLook
from loops.media.qr import qr_svg
from loops.media.reel import CountedNumber, ImprovedSkill, Reel, draw_reel
from loops.proud_parent.card import ProgressCard, WeekFigure, draw_progress_card
from loops.results_rally.card import RallyCard, draw_rally_card
from loops.tutor_spotlight.card import TutorCard, draw_tutor_card
from viral_engine.charts import LineChart, Point, Series

SITE = "Brightside"
ROWS = tuple(
    CardRow(n, name, f"{99 - n}%", n == 3) for n, name in enumerate(("Ada L.", "Bo K.", "Cy M.", "Dee", ""), 1)
)
FIGURES = (WeekFigure("5 days", "of practice"), WeekFigure("86%", "average score"), WeekFigure("3 skills", "grew"))
LONG = "Maximiliane-Alexandrina von und zu " * 30
CARDS: dict[str, Callable[[], bytes]] = {
    "challenge card": partial(draw_challenge_card, ChallengeCard("Ada", 80, "Algebra", SITE)),
    "rally card": partial(draw_rally_card, RallyCard(3, 28, "Math", ROWS, SITE)),
    "leaderboard card": partial(draw_leaderboard_card, LeaderboardCard("Top of Algebra", "This week", ROWS, SITE)),
    "progress card": partial(draw_progress_card, ProgressCard("Mastered fractions", FIGURES, SITE, child="Ada")),
    "tutor card": partial(draw_tutor_card, TutorCard("Cy R.", "Algebra", SITE, quote="Fractions clicked.")),
    "badge card": partial(draw_badge_card, BadgeCard("Bo", "Fractions Master", "10 perfect attempts", SITE)),
    "challenge card, very long text": partial(draw_challenge_card, ChallengeCard(LONG, 80, LONG, LONG, LONG, LONG)),
}
REEL = Reel(
    headline="Mastered fractions and kept a 7-day streak",
    numbers=(CountedNumber(86, "average score", "%"), CountedNumber(5, "days"), CountedNumber(1240, "points")),
    skills=(ImprovedSkill("Fractions", 40, 92), ImprovedSkill("Geometry", 55, 70)),
    call="Try a class for free",
    site=SITE,
    streak_days=12,
)
CHART = LineChart("Latency", (Series("p95", tuple(Point(n, n * 7 % 50) for n in range(60))),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=40)
    parser.add_argument("--reels", type=int, default=3)
    arguments = parser.parse_args()
    baseline = _times(lambda: Canvas(CardLook().palette(HUE)).png(), arguments.cards)
    report("baseline: an empty sheet as PNG", baseline, baseline=baseline)
    for name, draw in CARDS.items():
        report(f"{name} ({len(draw()) // 1000} kB)", _times(draw, arguments.cards), baseline=baseline)
    report("QR code as SVG", _times(lambda: qr_svg("https://site.example/r/Ab3dE6gH.0123"), 20), baseline=baseline)
    report("line chart of 60 points as SVG", _times(CHART.svg, 20), baseline=baseline)
    size = len(draw_reel(REEL).webp)
    reels = [timed(lambda: draw_reel(REEL)) / 1000 for _ in range(arguments.reels)]
    print(f"{f'reel of 26 s ({size // 1000} kB)':<44} p50 {percentile(reels, 0.5):7.2f} s   worst {max(reels):7.2f} s")


def _times(draw: Callable[[], object], count: int) -> list[float]:
    draw()
    return [timed(draw) for _ in range(count)]


if __name__ == "__main__":
    main()
