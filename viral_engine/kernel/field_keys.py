"""The key of encrypted columns in development, where FIELD_ENCRYPTION_KEYS is not set."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def derived_key(secret: str) -> str:
    """A Fernet key from the site's secret: the same secret always gives the same key."""
    return urlsafe_b64encode(sha256(f"field-encryption:{secret}".encode()).digest()).decode()
