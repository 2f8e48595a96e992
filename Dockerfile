FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock && python -m compileall -q /usr/local/lib
COPY . .
# The manifest of static files is made once, here; the values below only satisfy the start and are not kept.
RUN PRODUCTION=true SECRET_KEY=build-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
    FIELD_ENCRYPTION_KEYS=YnVpbGQta2V5LXRoYXQtaXMtMzItYnl0ZXMtbG9uZy0= \
    ALLOWED_HOSTS=build.invalid SITE_URL=https://build.invalid python manage.py collectstatic --noinput \
 && useradd --system site && mkdir /deletions && chown site var /deletions
USER site
EXPOSE 8000
CMD ["python", "manage.py", "web", "--host", "0.0.0.0"]
