"""`manage.py demo`: six scenes on the real site, each line read back from it."""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitoring.demo.browsers import PageFailed
from monitoring.demo.narrator import Narrator
from monitoring.demo.run import play_scenes
from monitoring.demo.scenes import SCENES
from monitoring.demo.stage import SceneFailed
from monitoring.loadtest.servers import CannotStart, free_port, serve_alone, wait_for_site
from viral_engine.seed import PASSWORD

INSIDE = "DEMO_URL"  # set for the run on the demo's own database: the address of its site
OWN_SITE = {  # each browser of the demo has an address of its own, as behind a proxy
    "REDIS_URL": "",
    "PRODUCTION": "false",
    "FEATURE_SIMULATED_PEERS": "false",
    "TRUSTED_PROXY_HOPS": "1",
}
READING_S = 2.2  # a pause after each fact: about three minutes for all


class Command(BaseCommand):
    """Without --url it starts a site of its own, with a database that ends with it."""

    help = "Play six scenes on the real site in three minutes: loops, rewards, presence, and the measured K."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scene", type=int, choices=range(1, len(SCENES) + 1), help="play this scene alone")
        parser.add_argument("--fast", action="store_true", help="without pauses to read")
        parser.add_argument("--url", default="", help="play on a running site of this machine, with these settings")
        parser.add_argument("--keep", action="store_true", help="keep what the demo made, to look at it")
        parser.add_argument("--json", type=Path, help="also write the facts to this file")

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo makes accounts. It does not run in production.")
        url = os.environ.get(INSIDE) or options["url"].rstrip("/")
        if url and urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
            raise CommandError("--url must be on this machine (127.0.0.1): the demo writes to its database.")
        try:
            if url:
                self.play(url, options)
            else:
                self.play_on_own_site(keeps=options["keep"])
        except CannotStart as missing:
            raise CommandError(str(missing)) from missing

    def play(self, url: str, options: dict[str, Any]) -> None:
        wait_for_site(url)
        is_own = INSIDE in os.environ
        numbers = [options["scene"]] if options["scene"] else range(1, len(SCENES) + 1)
        pause_s = 0.0 if options["fast"] else READING_S
        narrator = Narrator(sys.stdout, pause_s=pause_s, scenes=len(numbers))
        log_in = f"  (log in as ada or admin, password {PASSWORD})" if is_own else ""
        narrator.console.print(f"Open {url} beside this window.{log_in}", soft_wrap=True)
        try:
            play_scenes(url, narrator, numbers, keeps=is_own or options["keep"])
        except (SceneFailed, PageFailed) as failure:
            raise CommandError(f"Scene {narrator.scene}: {failure}") from failure
        finally:
            if options["json"]:
                options["json"].write_text(json.dumps(narrator.as_rows(), indent=1))

    def play_on_own_site(self, *, keeps: bool) -> None:
        """Run this command again, with the same arguments, beside a site on a database of its own."""
        self.stdout.write("Starting a site of the demo's own: database, server, worker, beat and relay ...")
        self.stdout.flush()
        with ExitStack() as stack:
            folder, port = _folder(stack, keeps=keeps), free_port()
            url = f"http://127.0.0.1:{port}"
            own = {"DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}", "REDIS_URL": "", "PORT": str(port)}
            own |= {
                "SITE_URL": url,
                "FEATURE_SIMULATED_PEERS": "false",
                "PRODUCTION": "false",
                "TRUSTED_PROXY_HOPS": "1",
            }
            environment = {**os.environ, **own}
            stack.enter_context(serve_alone(environment, url=url, folder=folder))
            command = [sys.executable, "manage.py", *sys.argv[1:]]
            code = subprocess.run(  # noqa: S603  (our own program, our own arguments)
                command, cwd=settings.BASE_DIR, env=environment | {INSIDE: url}, check=False
            ).returncode
        if keeps:
            self.stdout.write(f"Look at it: DATABASE_URL={own['DATABASE_URL']} python manage.py serve")
        if code:
            raise SystemExit(code)


def _folder(stack: ExitStack, *, keeps: bool) -> Path:
    """The folder of the demo's database and logs; it ends with the demo unless it is kept."""
    if keeps:
        return Path(tempfile.mkdtemp(prefix="demo-"))
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demo-")))
