"""What bodies and shapes of later apps refer to, by the keys that people know."""

from apps.core.api.fields import Key
from apps.core.models import User
from apps.registry.models import Asset, Location

SOME_ID = "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10"  # in examples


def person_key(**kwargs):
    return Key(User, "id", **kwargs)


def asset_key(**kwargs):
    return Key(Asset, "id", **kwargs)


def place_key(**kwargs):
    return Key(Location, "id", **kwargs)
