"""Tokens in links, and sealing: what must travel in an event but be of no use to whoever reads a table or a log."""

import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet


def new_token() -> str:
    """256 random bits, safe in an address. Give it away once; keep only `hash_token` of it."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored of a token. The token is random, so a plain SHA-256 is enough (no dictionary can be tried)."""
    return hashlib.sha256(token.encode()).digest()


@lru_cache(maxsize=8)
def _fernet(key: str) -> Fernet:
    return Fernet(key)


def seal(text: str, *, key: str | None = None, dated: bool = True) -> str:
    """Encrypt `text` for another service of this site (Fernet: AES-128-CBC with HMAC-SHA-256), by default with SEAL_KEY.

    Fernet writes the moment beside the sealed text, for all to read; `dated=False` leaves it out.
    """
    fernet = _fernet(key or _seal_key())
    return (fernet.encrypt(text.encode()) if dated else fernet.encrypt_at_time(text.encode(), 0)).decode()


def unseal(sealed: str, *, key: str | None = None) -> str:
    """What `seal` was given. Raises `cryptography.fernet.InvalidToken` for any other key or a changed text."""
    return _fernet(key or _seal_key()).decrypt(sealed.encode()).decode()


def _seal_key() -> str:
    from shared.service import current_settings

    return current_settings().seal_key
