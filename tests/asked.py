"""A process in a site's settings and database that runs the code it is told: a JSON string a line, and what that
printed goes back the same way. Started once, since each start of Django costs more than a second."""

import contextlib
import io
import json
import sys

import django


def main() -> None:
    django.setup()
    from django.db import connections  # only now: the settings are read above

    for line in sys.stdin:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), {})  # noqa: S102  (the tests' own words)
        connections.close_all()
        print(json.dumps(said.getvalue().strip()), flush=True)


if __name__ == "__main__":
    main()
