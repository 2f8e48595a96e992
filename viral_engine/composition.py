"""The applications and the middleware of the site, in their order."""

INSTALLED_APPS = [
    "daphne",  # first: its runserver speaks ASGI
    "viral_engine.staff.admin_config.GuardedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "viral_engine.kernel",
    "viral_engine.accounts",
    "viral_engine.staff",
    "viral_engine.webhooks",
    "viral_engine.notifications",
    "viral_engine.learning",
    "viral_engine.safety",
    "presence",
    "experiments",
    "feeds",
    "leaderboards",
    "loops",
    "monitoring",
    "ninja",  # the scripts of the API's page
    "viral_engine.api",
    "viral_engine",  # last: its start-up wires the listeners of every app above
]

MIDDLEWARE = [
    "viral_engine.kernel.request_log.RequestLog",
    "monitoring.request_counter.measure_routes",
    "viral_engine.kernel.middleware.probes_by_address",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "viral_engine.kernel.error_pages.refuse_while_database_is_down",
    "viral_engine.kernel.middleware.private_pages",
    "viral_engine.kernel.middleware.refuse_unstorable_text",  # sessions and views read only text a database takes
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "viral_engine.kernel.middleware.refuse_foreign_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "viral_engine.staff.middleware.StaffAuthentication",
    "allauth.account.middleware.AccountMiddleware",
    "viral_engine.accounts.middleware.visits_end",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "viral_engine.staff.middleware.staff_door",
    "viral_engine.kernel.middleware.pages_for_wrong_methods",
]
