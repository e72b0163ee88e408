"""The rules a tenant may set for itself, with their defaults and what is allowed."""

from dataclasses import dataclass, field, fields
from typing import Literal, get_args, get_origin

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.roles import Role

NUMBER = (int, float)


@dataclass(frozen=True, kw_only=True)
class TenantSettings:
    """`tenants.settings`; a key that is left out has the value written here."""

    agile_mode: bool = False
    currency: str = "EUR"  # ISO 4217
    overrun_percent: float = 5  # above a job's quantity, at least one unit
    undo_seconds: int = 10
    andon_minutes: list[int] = field(default_factory=lambda: [0, 3, 10, 15])
    max_run_hours_per_day: float = 24
    daily_log_days: int = 4
    defect_on_machine_block: Literal["offer", "create", "off"] = "offer"
    labour_rate: float = 0  # per hour, in `currency`
    public_reports: bool = False
    second_factor_roles: list[str] = field(default_factory=list)


def _is_number(value, whole=False) -> bool:
    return isinstance(value, int if whole else NUMBER) and not isinstance(value, bool) and 0 <= value < 1_000_000


def _problem(name: str, kind, value) -> str | None:
    if kind is bool and not isinstance(value, bool):
        return _("must be true or false")
    if kind in NUMBER and not _is_number(value, whole=kind is int):
        return _("must be a number from 0 up") if kind is float else _("must be a whole number from 0 up")
    if get_origin(kind) is Literal and value not in get_args(kind):
        return _("must be one of %s") % ", ".join(get_args(kind))
    if name == "currency" and not (isinstance(value, str) and len(value) == 3 and value.isalpha() and value.isupper()):
        return _("must be a currency code like EUR")
    if name == "andon_minutes" and not (
        isinstance(value, list)
        and 1 <= len(value) <= 4
        and all(_is_number(m) for m in value)
        and value == sorted(value)
    ):
        return _("must be one to four rising numbers of minutes")
    if name == "second_factor_roles" and not (isinstance(value, list) and set(map(str, value)) <= set(Role.values)):
        return _("must be a list of roles")
    return None


def validate_settings(value) -> None:
    """Raise ValidationError for anything but an object with known keys and values of the right type."""
    if not isinstance(value, dict):
        raise ValidationError(_("Settings are an object of names and values."))
    kinds = {f.name: f.type for f in fields(TenantSettings)}
    errors = [_("“%s” is no setting.") % name for name in value if name not in kinds]
    errors += [
        _("“%(name)s” %(problem)s.") % {"name": name, "problem": problem}
        for name, given in value.items()
        if name in kinds and (problem := _problem(name, kinds[name], given))
    ]
    if errors:
        raise ValidationError(errors)
