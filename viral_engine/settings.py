"""Every setting, read from the environment, from a file that `NAME_FILE` names, or from `.env`.

Without any variable the site runs in one process on the loopback address: SQLite, with channel layer, cache and Celery
broker in memory. With `PRODUCTION=true` the site refuses to start with unsafe settings and names the variable to set.
"""

import logging
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from loops.installed import loop_names
from viral_engine.composition import INSTALLED_APPS, MIDDLEWARE  # noqa: F401  (settings)
from viral_engine.kernel import logging_setup
from viral_engine.kernel.environment import Environment
from viral_engine.kernel.field_keys import derived_key
from viral_engine.kernel.networks import parse_networks

django_stubs_ext.monkeypatch()  # lets admin and form classes name their model as a type argument

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
VAR_DIR = BASE_DIR / "var"
with suppress(OSError):  # a read-only disk: SQLite says so when it is used, and PostgreSQL does not need the folder
    VAR_DIR.mkdir(exist_ok=True)

env = Environment()
Environment.read_env(BASE_DIR / ".env")

# -- Instance -------------------------------------------------------------------------------------
PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK_HOSTS)
DEVELOPMENT_KEY = "development-only-key-that-production-refuses-to-start-with"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Encrypt transcripts: the first key encrypts, all of them decrypt. Fernet keys, 32 random bytes in URL-safe base64.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])
PORT = env.int("PORT", default=8000)  # of `manage.py serve` and `manage.py web`
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}")
SITE_NAME = env.str("SITE_NAME", default="Brightside Tutoring")
# The number of our own proxies in front; with 0, X-Forwarded-For is ignored, because any client may write it.
TRUSTED_PROXY_HOPS = env.int("TRUSTED_PROXY_HOPS", default=0)
# Seconds between SIGTERM and the end of listening, in which /api/ready answers 503: longer than two looks of the proxy.
SHUTDOWN_DRAIN_S = env.float("SHUTDOWN_DRAIN_S", default=5.0 if PRODUCTION else 0.0)


def refuse_unfit_production() -> None:
    """Stop the start of a site that is unsafe to expose.

    Raises  ImproperlyConfigured, naming the variable to set.
    """
    public_hosts = [host for host in ALLOWED_HOSTS if host not in LOOPBACK_HOSTS]
    if not PRODUCTION:
        if public_hosts:
            raise ImproperlyConfigured(f"ALLOWED_HOSTS names {public_hosts[0]}: a public site needs PRODUCTION=true.")
        return
    is_short = len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10  # noqa: PLR2004  (as Django's own deploy check)
    weak = SECRET_KEY == DEVELOPMENT_KEY or is_short
    problems = {
        "DEBUG must be false in production: unset DEBUG.": DEBUG,
        "SECRET_KEY is missing or weak: set SECRET_KEY to 50 or more random characters.": weak,
        "FIELD_ENCRYPTION_KEYS must be set in production: see docs/configuration.md.": not FIELD_ENCRYPTION_KEYS,
        "ALLOWED_HOSTS must name the site's host in production.": not public_hosts or "*" in public_hosts,
        "SITE_URL must start with https:// in production.": not SITE_URL.startswith("https://"),
    }
    for problem, applies in problems.items():
        if applies:
            raise ImproperlyConfigured(problem)


refuse_unfit_production()
FIELD_ENCRYPTION_KEYS = FIELD_ENCRYPTION_KEYS or [derived_key(key) for key in (SECRET_KEY, *SECRET_KEY_FALLBACKS)]

# -- Applications (installed apps and middleware are in viral_engine/composition.py) ----------------
ROOT_URLCONF = "viral_engine.urls"
ASGI_APPLICATION = "viral_engine.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "viral_engine.kernel.middleware.site_name",
                "viral_engine.accounts.identity.live_access",
            ],
        },
    },
]

# -- Data -----------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"),
}
ON_POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
DATABASE_STATEMENT_MS = env.int("DATABASE_STATEMENT_MS", default=5000)  # a longer statement is cancelled
if ON_POSTGRESQL:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        # Statements are prepared: PostgreSQL plans a repeated one once in a connection.
        "server_side_binding": True,
        "prepare_threshold": 3,
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=20), "timeout": 2},
        "options": f"-c statement_timeout={DATABASE_STATEMENT_MS} -c lock_timeout=2000",
        "connect_timeout": 3,
        # The server's timeouts do not help once it cannot be reached: sent data must be acknowledged within 10 s, and a
        # connection that waits for an answer is probed after 10 s, three times.
        "tcp_user_timeout": 10_000,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
    }
else:
    # IMMEDIATE: otherwise a transaction that reads first and writes later fails at once under contention.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because the threads of one test share one database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"test_{Path(DATABASES['default']['NAME']).name}")}

REDIS_URL = env.str("REDIS_URL", default="")  # without it the site is one process
# Each job of Redis may have a server of its own: a burst of pub/sub then delays no task, and a full cache no message.
REDIS_URLS = {
    "realtime": env.str("REALTIME_REDIS_URL", default=REDIS_URL),  # channel layer, presence, the relay's bell
    "cache": env.str("CACHE_REDIS_URL", default=REDIS_URL),  # cache, sessions, rate limits
    "broker": env.str("BROKER_REDIS_URL", default=REDIS_URL),  # tasks of Celery
}
REDIS_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 2}
REDIS_CACHE = {"LOCATION": REDIS_URLS["cache"], "OPTIONS": REDIS_TIMEOUTS}
# One store of the process. It counts limits: Django's 300 entries would forget them as soon as one script calls often.
LOCAL_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
CACHES: dict[str, dict[str, Any]] = {
    # allauth counts here: without Redis each process goes on with its own.
    "default": {"BACKEND": "viral_engine.kernel.optional_cache.FallbackRedisCache", **REDIS_CACHE}
    if REDIS_URL
    else LOCAL_CACHE,
    # Limits and claims of ours, which must know when other processes cannot see them.
    "shared": {"BACKEND": "viral_engine.kernel.optional_cache.SharedRedisCache", **REDIS_CACHE}
    if REDIS_URL
    else LOCAL_CACHE,
    # Sessions are rows, and pages read them from here. An entry lives for a minute: a session that was ended while
    # Redis was away ends then.
    "sessions": {"BACKEND": "viral_engine.kernel.optional_cache.OptionalRedisCache", **REDIS_CACHE}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "sessions"},
}
LAYERS = "viral_engine.kernel.pubsub.channel_layer"
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": f"{LAYERS}.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URLS["realtime"]]},
    }
    if REDIS_URL
    else {"BACKEND": f"{LAYERS}.LocalChannelLayer", "CONFIG": {"capacity": 10_000}},
}

REDRAW_EVERY_S = 1.0  # between two drawings of one board
# With true, the process that announces an event runs its durable listeners itself; with false, `manage.py relay` does.
OUTBOX_EAGER = env.bool("OUTBOX_EAGER", default=not REDIS_URL)

# -- Jobs (the beat table is in viral_engine/celery.py) -------------------------------------------
CELERY_BROKER_URL = REDIS_URLS["broker"] or "memory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The visibility timeout must exceed the hard time limit, or a long task runs twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "unacked_restore_throttle": 1} if REDIS_URL else {}

# -- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "viral_engine.accounts.backends.SteadyAuthenticationBackend",  # its refusal is final
    "allauth.account.auth_backends.AuthenticationBackend",  # of sessions that began under it
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "viral_engine.kernel.text.validators.MaximumLengthValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "viral_engine.staff.adapter.StaffAccountAdapter"
ACCOUNT_FORMS = {
    name: f"viral_engine.accounts.allauth_forms.{form}"
    for name, form in {
        "login": "LoginForm",
        "add_email": "AddEmailForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "ResetPasswordKeyForm",
        "request_login_code": "RequestLoginCodeForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reauthenticate": "ReauthenticateForm",
    }.items()
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"  # a friend in mid-challenge can play on; the safety agent judges the sign-up
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_SESSION_REMEMBER = True  # a learner stays logged in for a week; see SESSION_COOKIE_AGE
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.partition(":")[0]
# Empty limits are counted by accounts/services/log_in_limits.py, which needs no Redis.
ACCOUNT_RATE_LIMITS = {"login": "", "reauthenticate": ""}
ACCOUNT_CHANGE_EMAIL = True  # an account has one mailbox; a new one replaces it once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of changes to password and mailbox, to the old mailbox
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_HOPS

# A payment as a parent's verification (viral_engine/accounts/payments.py); off without an address.
CONSENT_PAYMENT_URL = env.str("CONSENT_PAYMENT_URL", default="")
CONSENT_PAYMENT_KEY = env.str("CONSENT_PAYMENT_KEY", default="")
CONSENT_PAYMENT_CENTS = env.int("CONSENT_PAYMENT_CENTS", default=50)
CONSENT_PAYMENT_CURRENCY = env.str("CONSENT_PAYMENT_CURRENCY", default="usd")

# -- Personal data (docs/compliance.md) -------------------------------------------------------------
# Printed on the privacy pages, where a parent writes or calls (16 CFR 312.4).
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", default="privacy@localhost")
PRIVACY_PHONE = env.str("PRIVACY_PHONE", default="")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default=PRIVACY_CONTACT)  # a mailbox, printed in security.txt
# The security programme (16 CFR 312.8): its coordinator, and the day of its last yearly review (2026-05-01).
SECURITY_COORDINATOR = env.str("SECURITY_COORDINATOR", default="")
SECURITY_REVIEWED_ON = env.str("SECURITY_REVIEWED_ON", default="")
# One line a deleted account, on a disk that a restored backup does not overwrite: `manage.py forget_again` reads it.
DELETION_LOG = env.str("DELETION_LOG", default=str(VAR_DIR / "deletions.log"))

# Encrypts what `manage.py backup` writes: 32 bytes in URL-safe base64, kept where the backups are not.
BACKUP_KEY = env.str("BACKUP_KEY", default="")

# -- Outbound connections (viral_engine/kernel/outbound) ------------------------------------------------
# The host of EMAIL_URL must be named here too: a changed address alone sends no child's data elsewhere.
MAIL_VENDOR_HOSTS = env.list("MAIL_VENDOR_HOSTS", default=[])
# So are the hosts of CONSENT_PAYMENT_URL and TRANSCRIPTION_URL: "payment=pay.example.com,transcription=...".
VENDOR_HOSTS: dict[str, str] = env.dict("VENDOR_HOSTS", default={})
# The day of each vendor's written assurance: "mail=2026-05-01,anthropic=2026-05-02". Without it production sends the
# vendor nothing.
VENDOR_ASSURANCES: dict[str, str] = env.dict("VENDOR_ASSURANCES", default={})
# Private networks that webhooks may reach, such as 10.1.0.0/16, where another program of the company runs.
try:
    OUTBOUND_PRIVATE_NETWORKS = parse_networks(env.list("OUTBOUND_PRIVATE_NETWORKS", default=[]))
except ValueError as wrong:
    raise ImproperlyConfigured(f"OUTBOUND_PRIVATE_NETWORKS: {wrong}. Write networks such as 10.1.0.0/16.") from wrong
# The key that signs Web Pushes, base64url of 32 bytes; without one the site sends none.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
OUTBOUND_LOOPBACK = env.bool("OUTBOUND_LOOPBACK", default=not PRODUCTION)  # servers on this machine, as tests have them
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds that a password or code counts for exports and child records

# -- Staff (docs/configuration.md) ------------------------------------------------------------------
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=PRODUCTION)
try:
    ADMIN_ALLOWED_NETWORKS = parse_networks(env.list("ADMIN_ALLOWED_NETWORKS", default=[]))
except ValueError as wrong:
    raise ImproperlyConfigured(f"ADMIN_ALLOWED_NETWORKS: {wrong}. Write networks such as 192.0.2.0/24.") from wrong
AUDIT_KEY = env.str("AUDIT_KEY", default="")  # of the audit chain; SECRET_KEY where it is empty
MFA_ADAPTER = "viral_engine.staff.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 s that a phone's clock may be wrong
MFA_FORMS = {
    "authenticate": "viral_engine.staff.forms.LoginCodeForm",
    "reauthenticate": "viral_engine.staff.forms.ProofCodeForm",
    "activate_totp": "viral_engine.staff.forms.SetUpAppForm",
}

# -- Mail -----------------------------------------------------------------------------------------
EMAIL_URL = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_URL)
if EMAIL_URL["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "viral_engine.kernel.outbound.mail.RegisteredSmtpBackend"
EMAIL_TIMEOUT = 10
MAIL_DOMAIN = urlsplit(SITE_URL).hostname or "localhost"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <hello@localhost>")
# Printed under every growth mail (CAN-SPAM); in production no growth mail is sent until it is set.
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="" if PRODUCTION else "1 Example Street, 12345 Example Town")

# -- On-call ---------------------------------------------------------------------------------------
# A program that sends it as "Authorization: Bearer ..." may read /metrics and the details of /api/health.
MONITORING_TOKEN = env.str("MONITORING_TOKEN", default="")
# Alerts go to every channel that is set, and always to the log.
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
SLACK_WEBHOOK_URL = env.str("SLACK_WEBHOOK_URL", default="")
PAGERDUTY_ROUTING_KEY = env.str("PAGERDUTY_ROUTING_KEY", default="")
PAGERDUTY_EVENTS_URL = env.str("PAGERDUTY_EVENTS_URL", default="https://events.pagerduty.com/v2/enqueue")

# -- Growth ---------------------------------------------------------------------------------------
# A loop runs when its flag FEATURE_<NAME> and its switch in the admin are both on.
FEATURES = {name: env.bool(f"FEATURE_{name.upper()}", default=True) for name in loop_names()}
SEED_EXPERIMENTS = env.bool("SEED_EXPERIMENTS", default=True)  # the seed starts the default experiments
# Simulated people who make `manage.py serve` lively; never on a site with real people.
SIMULATED_PEERS = not PRODUCTION and env.bool("FEATURE_SIMULATED_PEERS", default=True)
# Without a key, or past the budget (dollars a day), templates and the extractive summarizer are used.
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
AI_BASE_URL = env.str("AI_BASE_URL", default="")  # empty: the provider's default
AI_MODEL = env.str("AI_MODEL", default="claude-haiku-4-5")
AI_TIMEOUT_S = env.float("AI_TIMEOUT_S", default=60.0)  # of a whole call; connecting 3 s, a pause between bytes 30 s
AI_INPUT_PRICE = env.float("AI_INPUT_PRICE", default=1.0)  # dollars per million tokens of AI_MODEL
AI_OUTPUT_PRICE = env.float("AI_OUTPUT_PRICE", default=5.0)
# An OpenAI-compatible `POST .../audio/transcriptions`; without it recordings are refused and transcripts uploaded.
TRANSCRIPTION_URL = env.str("TRANSCRIPTION_URL", default="")
TRANSCRIPTION_API_KEY = env.str("TRANSCRIPTION_API_KEY", default="")
TRANSCRIPTION_MODEL = env.str("TRANSCRIPTION_MODEL", default="whisper-1")
AI_SUMMARIES_PER_TUTOR = env.int("AI_SUMMARIES_PER_TUTOR", default=30)  # a day; further ones are extractive
AI_DAILY_BUDGET = env.float("AI_DAILY_BUDGET", default=50.0)
AI_CACHE_ENABLED = env.bool("AI_CACHE_ENABLED", default=True)
AI_CACHE_TTL = env.int("AI_CACHE_TTL", default=3600)
AI_LOG_LEVEL = env.str("AI_LOG_LEVEL", default="INFO").upper()

# Addresses that get the weekly growth report, besides staff who subscribed on its page.
GROWTH_REPORT_TO = env.list("GROWTH_REPORT_TO", default=[])

# -- Pages ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "viral_engine" / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# -- Safety ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # a share link must not leak its code to the next site
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Only pages of these origins may open a socket; in development also the address in the browser.
SOCKET_ORIGINS = env.list("SOCKET_ORIGINS", default=[SITE_URL])
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^api/(ready|health(/live)?)$", r"^metrics$"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if TRUSTED_PROXY_HOPS:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Log (viral_engine/kernel/logging_setup.py) -------------------------------------------------------------
LOGGING = logging_setup.logging_config(
    level=env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING"), is_for_people=DEBUG, ai_level=AI_LOG_LEVEL
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # of those that kernel/request_log.py lets pass
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # logging the user would load the session on pages that do not need it
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
