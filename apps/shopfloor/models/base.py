"""What the shop floor's tables have in common."""

from apps.core.models import code_validator

CODE = {"max_length": 40, "validators": [code_validator]}
