"""Secrets that have to be read again lie encrypted under the installation's key: a dump alone does not open them."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac


def safe(salt: str, purpose: str) -> MultiFernet:
    """What encrypts and decrypts for one purpose: under LEANOPS_SECRET_KEY, and what former keys have closed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = [salted_hmac(salt, purpose, secret=key, algorithm="sha256") for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key.digest())) for key in made])


class EncryptedTextField(models.TextField):
    """Text that the database has encrypted only: it cannot be searched. What no key of ours opens reads as ""."""

    def get_prep_value(self, value):
        return value and self._safe().encrypt(value.encode()).decode()

    def from_db_value(self, value, expression, connection):
        try:
            return value and self._safe().decrypt(value.encode()).decode()
        except InvalidToken:
            return ""

    def _safe(self):
        return safe("apps.core.encryption", f"{self.model._meta.db_table}.{self.column}")
