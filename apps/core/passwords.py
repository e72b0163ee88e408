"""Argon2 in a size for a plant's server: 19 MiB and two passes (OWASP), where Django's own takes 100 MiB a sign-in.
And the demo's password, which everybody knows and nobody else may choose."""

from threading import BoundedSemaphore

from django.apps import apps
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

DEMO_PASSWORD = "demo-plant-1"  # noqa: S105 (known to all, and refused to all but the demo's people)
DEMO_PIN = "4711"
DEMO_ADDRESSES = ("@north.example", "@south.example", "platform@example.com")  # names that nobody can really have
DEMO_PLANTS = ("north", "south")

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


def opens_too_much(person, password: str) -> bool:
    """Whether the demo's password would open a plant that is not the demo's: the platform's account opens them all."""
    plants = apps.get_model("core", "Tenant").objects.exclude(slug__in=DEMO_PLANTS)
    return person.is_superuser and password.strip().lower() == DEMO_PASSWORD and plants.exists()


class NotTheDemoPassword:
    """Refuses the demo's password to everyone but the demo's own people: it stands in the README."""

    def validate(self, password, user=None):
        """Raise ValidationError for DEMO_PASSWORD, in whatever case. user: whose password it is to be, if known."""
        address = (getattr(user, "email", None) or "").lower()
        if password.strip().lower() == DEMO_PASSWORD and not address.endswith(DEMO_ADDRESSES):
            raise ValidationError(_("Everybody knows the demo plant's password; choose another."), code="demo_password")

    def get_help_text(self):
        return _("Your password can’t be the demo plant's.")
