"""An environment that production starts with."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FIT = {
    "PRODUCTION": "true",
    "SECRET_KEY": "q8$kd0-zmx92lfjw7!ha5cpeo1v+bn36tgyrsui4@%d0s7f6g8h1j2k3",
    "ALLOWED_HOSTS": "tutoring.example",
    "FIELD_ENCRYPTION_KEYS": "c3VjaC1hLWtleS1pcy0zMi1ieXRlcy1sb25nLS0tMDE=",
    "SITE_URL": "https://tutoring.example",
}
