"""Argon2 in a size for a plant's server: 19 MiB and two passes (OWASP), where Django's own takes 100 MiB a sign-in."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# At most two at once per process: a morning's sign-ins must not take the memory from the board.
_slots = BoundedSemaphore(2)


class PlantArgon2PasswordHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19456  # KiB
    parallelism = 1

    def encode(self, password, salt):
        with _slots:
            return super().encode(password, salt)

    def verify(self, password, encoded):
        with _slots:
            return super().verify(password, encoded)
