"""Draws docs/architecture.svg from the layers contract in pyproject.toml.

Run `python docs/draw_architecture.py` after the layers change; tests/test_architecture_picture.py compares the result.
"""

import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = Path(__file__).with_name("architecture.svg")
WIDTH, LEFT, ROW, GAP, TOP = 960, 170, 66, 14, 92
PURPOSE = {
    "urls": "every address",
    "wiring": "who reacts to which event",
    "asgi": "HTTP and sockets",
    "conditions": "events that concern a durable listener",
    "reviewed_kinds": "what people report and staff review",
    "webhook_events": "the events that webhooks may carry",
    "notification_kinds": "the events that notify people",
    "notifications": "news for one person, Web Push",
    "webhooks": "signed messages to other programs",
    "api": "events in and facts out, for other programs",
    "monitoring": "health, alerts, dashboards, K-factor",
    "loops": "orchestrator, viral loops, links, attribution, rewards",
    "feeds": "activity feed, cohort rooms, chat",
    "leaderboards": "standings, ranks, weekly leagues",
    "presence": "sockets, fan-out hub, tracker",
    "experiments": "arms, exposures, statistics",
    "safety": "trust and safety agent",
    "learning": "questions, attempts, results, streaks, tutoring",
    "staff": "staff sessions, second factor, audit chain",
    "accounts": "people, cohorts, friends, consent",
    "kernel": "event log, outbox, pub/sub, leases, limiter",
    "charts": "server-rendered SVG",
}
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1c2333 }
  .name { font-weight: 600 } .note { font-size: 12px; fill: #55607a }
  rect { fill: #ffffff; stroke: #7a86a8; rx: 10 } .outside { fill: #f2f4fa; stroke-dasharray: 4 3 }
  path { stroke: #7a86a8; fill: none; marker-end: url(#tip) } .ground { fill: #fbfcff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ebf5 } .note { fill: #a9b3cc } rect { fill: #1b2130 } .outside { fill: #141926 }
    .ground { fill: #10141e }
  }
"""


def layers() -> list[list[str]]:
    """The apps of each layer, highest first, by their short names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    between = next(one for one in contracts if one["name"] == "A lower app never calls a higher one")
    return [[app.strip().rpartition(".")[2] for app in layer.split("|")] for layer in between["layers"]]


def draw() -> str:
    rows = layers()
    height = TOP + len(rows) * (ROW + GAP) + 110
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        '<title id="title">Apps of the viral growth engine by layer; a lower layer never imports a higher one</title>',
        f"<style>{STYLE}</style>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0 8 4 0 8" /></marker></defs>'
        ),
        f'<rect class="ground" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" />',
        _box(LEFT, 20, WIDTH - LEFT - 30, "Browsers and programs", "pages with htmx, Phoenix sockets", "outside"),
        _text(24, TOP + 30, "imports point", "note"),
        _text(24, TOP + 48, "downward only", "note"),
        f'<path d="M70 {TOP + 66} V{TOP + len(rows) * (ROW + GAP) - GAP}" />',
    ]
    for number, apps in enumerate(rows):
        width = (WIDTH - LEFT - 30 - GAP * (len(apps) - 1)) // len(apps)
        y = TOP + number * (ROW + GAP)
        parts += [_box(LEFT + place * (width + GAP), y, width, app, PURPOSE[app]) for place, app in enumerate(apps)]
    y = TOP + len(rows) * (ROW + GAP) + 10
    third = (WIDTH - LEFT - 30 - 2 * GAP) // 3
    outside = (
        ("PostgreSQL or SQLite", "facts, outbox, ledger"),
        ("Redis or memory", "pub/sub, presence, cache"),
        ("Celery worker and beat", "durable work, periodic tasks"),
    )
    parts += [
        _box(LEFT + place * (third + GAP), y, third, name, note, "outside")
        for place, (name, note) in enumerate(outside)
    ]
    return "\n".join([*parts, "</svg>", ""])


def _box(x: int, y: int, width: int, name: str, note: str, kind: str = "app") -> str:
    return (
        f'<g><rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{ROW - 10}" />'
        f"{_text(x + 14, y + 24, name, 'name')}{_text(x + 14, y + 43, note, 'note')}</g>"
    )


def _text(x: int, y: int, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'


if __name__ == "__main__":
    TARGET.write_text(draw())
