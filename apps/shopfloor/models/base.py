"""What the shop floor's tables have in common."""

from apps.core.models import key_validator

CODE = {"max_length": 40, "validators": [key_validator]}
