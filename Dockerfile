# Two stages: compilers, pip and the source of static files stay behind in the first one.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock && python -m compileall -q /venv/lib
COPY . .
# The manifest of static files is made once, here; the values below only satisfy the start and are not kept.
RUN PRODUCTION=true SECRET_KEY=build-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
    FIELD_ENCRYPTION_KEYS=YnVpbGQta2V5LXRoYXQtaXMtMzItYnl0ZXMtbG9uZy0= \
    ALLOWED_HOSTS=build.invalid SITE_URL=https://build.invalid python manage.py collectstatic --noinput \
 && python -m compileall -q /app

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore of the server's own version, for `manage.py backup` and `restore`
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-client-15 >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 site && mkdir /deletions && chown site /deletions
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER site
EXPOSE 8000
CMD ["python", "manage.py", "web", "--host", "0.0.0.0"]
