from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Simulate experiments with two equal arms and fail if a test finds a difference too often."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runs", type=int, default=1000)
        parser.add_argument("--units", type=int, default=2000, help="units of both arms together in each run")
        parser.add_argument("--rate", type=float, default=0.1)
        parser.add_argument("--seed", default="aa")

    def handle(self, *_: Any, **options: Any) -> None:
        from experiments.analysis.aa_check import LOOKS, run_aa_check

        runs, units, rate = options["runs"], options["units"], options["rate"]
        if runs < 1 or units < LOOKS or not 0 < rate < 1:
            raise CommandError(f"Use at least 1 run, at least {LOOKS} units and a rate between 0 and 1.")
        checked = run_aa_check(runs=runs, units=units, rate=rate, seed=options["seed"])
        self.stdout.write(
            f"{runs} runs of {units} people at {rate:.1%}\n"
            f"p under 0.05          {checked.false_alarms:7.2%}  (5% expected)\n"
            f"sequence, {LOOKS} looks    {checked.peeked_alarms:7.2%}  (at most 5%)\n"
            f"split alarms          {checked.split_alarms:7.2%}  (0.1% expected)\n"
            f"distance from uniform {checked.distance:7.4f}\n"
        )
        if checked.failures:
            raise CommandError("FAIL: " + "; ".join(checked.failures) + ".")
        self.stdout.write("PASS\n")
