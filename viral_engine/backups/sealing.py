"""Encrypt a file of any size, in parts, with AES-256-GCM.

The file is a random prefix of 8 bytes, then parts of 1 MiB, each with its tag of 16 bytes. A part's nonce is the prefix
and the part's number; its additional data says whether it is the last one. So a part that is changed, missing, moved or
cut off is noticed.
"""

import os
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PART = 1024 * 1024
TAG = 16
PREFIX = 8
KEY_BYTES = 32


class SealBroken(Exception):
    """The file is not whole, or the key is another one."""


def key_from(text: str) -> bytes:
    """The key from 32 bytes in URL-safe base64, as a Fernet key is written. Raises  ValueError."""
    key = urlsafe_b64decode(text)
    if len(key) != KEY_BYTES:
        raise ValueError("BACKUP_KEY must be 32 bytes in URL-safe base64.")
    return key


def seal(plain: Path, sealed: Path, key: bytes) -> None:
    cipher, prefix = AESGCM(key), os.urandom(PREFIX)
    with plain.open("rb") as source, sealed.open("wb") as target:
        target.write(prefix)
        for number, part, is_last in _parts(source, PART):
            target.write(cipher.encrypt(_nonce(prefix, number), part, _place(is_last=is_last)))


def unseal(sealed: Path, plain: Path, key: bytes) -> None:
    """Raises  SealBroken; what was written until then must not be used."""
    cipher = AESGCM(key)
    with sealed.open("rb") as source, plain.open("wb") as target:
        prefix = source.read(PREFIX)
        for number, part, is_last in _parts(source, PART + TAG):
            try:
                target.write(cipher.decrypt(_nonce(prefix, number), part, _place(is_last=is_last)))
            except (InvalidTag, ValueError):
                raise SealBroken(f"Part {number} of {sealed.name} cannot be decrypted with this key.") from None


def _parts(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """(number, part, whether it is the last one); an empty file has one empty part."""
    number, part = 0, source.read(size)
    while True:
        following = source.read(size)
        yield number, part, not following
        if not following:
            return
        number, part = number + 1, following


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + number.to_bytes(4, "big")


def _place(*, is_last: bool) -> bytes:
    return b"last" if is_last else b"more"
