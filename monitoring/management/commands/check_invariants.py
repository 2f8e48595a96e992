"""`manage.py check_invariants`: whether the stored data is what it must be, after a fault or on any day."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.growth.services import recount
from monitoring.invariants.audit import check_audit
from monitoring.invariants.base import Check, InvariantFinding
from monitoring.invariants.chat import check_chat
from monitoring.invariants.ledger import check_ledger, check_reward_keys
from monitoring.invariants.outbox import check_outbox
from monitoring.invariants.presence import presence_check
from monitoring.invariants.snapshot import read_only_snapshot
from monitoring.invariants.standings import check_standings
from viral_engine.kernel.clock import now

AGAIN_S = 0.5
MAX_SHOWN = 20  # findings of one invariant


def check_growth(at: datetime) -> Iterator[InvariantFinding]:
    try:
        yield from map(InvariantFinding, recount.differences(at=at))
    except recount.CannotCompare as reason:
        yield InvariantFinding(f"the growth counts were not compared: {reason}")


CHECKS: dict[str, Check] = {
    "ledger": check_ledger,
    "reward_keys": check_reward_keys,
    "outbox": check_outbox,
    "chat": check_chat,
    "standings": check_standings,
    "audit": check_audit,
    "growth": check_growth,
}
PRESENCE = "presence"


class Command(BaseCommand):
    """Reads alone, without locks: it may run on a living site. Whole tables are read, in chunks."""

    help = "Check the stored data against itself; exits with 1 when an invariant is broken or cannot be checked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help=f"invariants to check (all): {', '.join([*CHECKS, PRESENCE])}")
        parser.add_argument("--sockets", type=int, help="open sockets that joined a room, to compare presence with")
        parser.add_argument("--wait", type=float, default=0.0, help="check again for so many seconds what is broken")

    def handle(self, *_: Any, **options: Any) -> None:
        checks = CHECKS | {PRESENCE: presence_check(options["sockets"])}
        if unknown := set(options["names"]) - checks.keys():
            raise CommandError(f"No invariant is called {', '.join(sorted(unknown))}. Known: {', '.join(checks)}.")
        chosen = [name for name in checks if name in options["names"] or not options["names"]]
        deadline_s = monotonic() + options["wait"]
        broken = [name for name in chosen if not self.holds(name, checks[name], deadline_s)]
        if broken:
            raise CommandError(f"Broken: {', '.join(broken)}.")
        self.stdout.write(f"All {len(chosen)} invariants hold.")

    def holds(self, name: str, check: Check, deadline_s: float) -> bool:
        """Report one invariant as it is at the end; work on its way may end meanwhile."""
        while True:
            started_s = monotonic()
            lines, faults = findings(check)
            if not faults or monotonic() >= deadline_s:
                break
            sleep(AGAIN_S)
        status = f"{faults} faults" if faults else "holds"
        self.stdout.write(f"{name:<12} {status:<12} {monotonic() - started_s:6.1f} s")
        for line in lines:
            self.stdout.write(f"    {line}")
        return not faults


def findings(check: Check) -> tuple[list[str], int]:
    """The first lines of a report, and the number of faults. An invariant that cannot be checked is a fault."""
    lines: list[str] = []
    faults = 0
    try:
        with read_only_snapshot():
            for finding in check(now()):
                faults += not finding.is_explained
                if len(lines) < MAX_SHOWN:
                    lines.append(f"{'explained: ' if finding.is_explained else ''}{finding.text}")
    except Exception as error:  # noqa: BLE001  (the others are checked all the same, and this one is reported)
        return [*lines, f"cannot be checked: {type(error).__name__}: {error}"], faults + 1
    return lines, faults
