"""Run code in a site's settings and database: a JSON string a line comes in, and what it printed goes back the same way.

One process for all questions of a site, because each start of Django costs more than a second.
"""

import contextlib
import io
import json
import sys

import django


def main() -> None:
    django.setup()
    from django.db import connections  # only now: the settings are read above

    for line in sys.stdin:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {})  # noqa: S102  (code of our own tests)
        connections.close_all()
        print(json.dumps(printed.getvalue().strip()), flush=True)


if __name__ == "__main__":
    main()
