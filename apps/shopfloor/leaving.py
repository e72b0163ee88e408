"""Assets that are about to leave: where they serve, and that they serve there no more."""

from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.hooks import knows_uses, takes_assets_off
from apps.shopfloor.models import Station
from apps.shopfloor.services import save_station
from apps.shopfloor.services.state import active_assignment


@knows_uses
def stations_of(tenant, assets):
    """The station that each serves."""
    for station in Station.objects.for_tenant(tenant).filter(asset__in=assets).order_by("code"):
        yield station.asset_id, str(station)


@takes_assets_off
def take_off_stations(tenant, assets, by) -> None:
    """The stations have no asset any more. One that has a job keeps it: the job is taken off first, by whoever decides that."""
    for station in Station.objects.for_tenant(tenant).filter(asset__in=assets).locked().order_by("pk"):
        if assignment := active_assignment(station):
            words = {"station": station, "job": assignment.job, "asset": station.asset}
            raise BrokenRule(
                _("%(station)s has %(job)s on it; take the job off before %(asset)s leaves.") % words, code="on_station"
            )
        station.asset = None
        save_station(station, by=by)
