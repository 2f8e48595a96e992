"""Logging setup: one JSON object a line, or colored text in DEBUG; log lines never identify a person.

Two filters: only the fields named here are written, and everything that looks like an e-mail address, an IP address, a
phone or social security number, a street address, a token or a database's quotation of a row is removed from every
text, tracebacks included. Code names people by number.
"""

import re
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from viral_engine.kernel.text.redaction import without_contact_data

FIELDS = frozenset(
    {
        *("timestamp", "level", "logger", "event", "exception"),
        *("request_id", "socket_id", "task_id", "parent_task_id", "child_task_id"),
        *("request", "code", "task", "child_task_name", "duration_ms"),
    }
)
READABLE = frozenset({"timestamp", "level", "logger", "request_id", "socket_id", "task_id", "task", "child_task_name"})
PERIODIC_LOGGERS = ("celery.beat", "celery.app.trace", "celery.worker.strategy", "django_structlog.celery")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])"
NAMED_VALUE = (
    r"(?i:[\"']?(?:token|secret|password|routing_key|sessionid|csrftoken|authorization)[\"']?\s*[=:]\s*"
    r"(?:bearer )?[^\s&,;}]+)"
)
PRIVATE = re.compile(
    "|".join(
        (
            r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*",  # an e-mail address
            r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])",  # an IP address
            r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
            r"(?<=\)=\()[^)]*",  # "Key (email)=(...) already exists"
            r"(?<=Failing row contains )\(.*",
            # Django's lines about a path that a person typed; the line of the request names its route
            *(
                rf"(?<={start}: )/.*"
                for start in ("Not Found", "Bad Request", "Method Not Allowed", "Internal Server Error", r"\w\)")
            ),
            NAMED_VALUE,  # "token=...", in any form
            r"[\w-]{4,}:[\w-]{5,8}:[\w-]{20,}",  # signed with a timestamp
            r"\b[A-Za-z0-9]{8}\.[0-9a-f]{16}\b",  # a link: code.signature
            r"(?<![\w-])(?!" + _UUID + r")(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}",  # any other long token
        )
    )
)


NUMBERS_OF_PEOPLE = ("id", "address", "phone")  # each holds two digits in a row
_TWO_DIGITS = re.compile(r"\d[\s.)\-]?\d")


def scrub(text: str) -> str:
    kept = PRIVATE.sub("[left out]", text)
    return without_contact_data(kept, NUMBERS_OF_PEOPLE) if _TWO_DIGITS.search(kept) else kept


def keep_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """First filter: drop every field that is not named above."""
    return {name: value for name, value in event.items() if name in FIELDS or name.startswith("_")}


def scrub_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Second filter: remove identities and secrets from texts."""
    return {
        name: scrub(value) if isinstance(value, str) and name not in READABLE else value
        for name, value in event.items()
    }


SHARED: Sequence[Processor] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
GUARD: Sequence[Processor] = (structlog.processors.format_exc_info, keep_fields, scrub_fields)


def logging_config(*, level: str, is_for_people: bool, ai_level: str = "INFO") -> dict[str, Any]:
    """Return Django's LOGGING: every logger, including those of libraries and of structlog, writes the same lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: Processor = structlog.dev.ConsoleRenderer() if is_for_people else structlog.processors.JSONRenderer()
    lines = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": list(SHARED),
        "processors": [*GUARD, structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": lines},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handlers would write every line a second time, in another format.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # These log every URL they call, and the URL of a webhook is its secret.
            **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "httpx2", "httpcore2", "anthropic")},
            # Beat and workers run a task every second: three lines each would bury the others. Failures are warnings.
            **{name: {"level": "WARNING"} for name in PERIODIC_LOGGERS},
            "ai": {"level": ai_level},
        },
    }
