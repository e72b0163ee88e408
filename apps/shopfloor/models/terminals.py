"""Which stations a shared terminal is for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Device, Row, history
from apps.shopfloor.models.stations import Station


class TerminalStation(Row):
    """A station that people may work at from a terminal."""

    device = key_to(Device, "places", _("terminal"))
    station = key_to(Station, "terminals", _("station"))

    history = history("terminal_stations")

    class Meta:
        db_table = "terminal_stations"
        verbose_name = _("station of a terminal")
        verbose_name_plural = _("stations of terminals")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "device", "station"], name="station_once_per_terminal"),
        ]

    def __str__(self):
        return f"{self.device}: {self.station}"
