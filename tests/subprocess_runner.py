"""Run code in a site's settings and database.

Reads one JSON string of Python a line, and writes what the code printed as one JSON string a line. One process answers
all questions of a site, because each start of Django costs more than a second.
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
