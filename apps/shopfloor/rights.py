"""Who may do what on the floor: the rows of docs/rights.md that a role alone does not tell.

Views ask before they call a service, templates hide what would be refused: both read it here.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed
from apps.core.hooks import shows_files
from apps.core.roles import Role
from apps.shopfloor.models import Event, TerminalStation


@dataclass(frozen=True)
class FloorRights:
    """What one person may do on the floor. Everyone may report, set a status, call for help and write notes."""

    supervises: bool
    agile: bool

    @property
    def manages_jobs(self) -> bool:
        """Assign, reassign, take off, rank, complete, cancel any job; correct periods and reasons."""
        return self.supervises

    def starts(self, *, is_next: bool) -> bool:
        """Start a job: in agile mode everyone may start the next one of the queue."""
        return self.supervises or (self.agile and is_next)

    def completes(self, *, done: int, total: int) -> bool:
        """Complete a job: in agile mode everyone may once its quantity is reached."""
        return self.supervises or (self.agile and done >= total)

    @property
    def overrides(self) -> bool:
        """Report more than the job's limit, and correct ended assignments."""
        return self.supervises


def rights_of(request) -> FloorRights:
    return FloorRights(supervises=request.user.is_at_least(Role.SUPERVISOR), agile=request.tenant.rules.agile_mode)


def may_start(request, tile, job) -> bool:
    """Whether the person may put this job on the station of a tile."""
    rights = rights_of(request)
    is_next = bool(tile and tile.next_job and tile.next_job.pk == job.pk)
    return rights.starts(is_next=is_next) and bool(rights.manages_jobs or (tile and not tile.job))


def at_hand(request, rows, *, station="pk"):
    """The rows of a terminal's own stations, for who came in by PIN there; else all of them: the one door of terminals.

    station: the name of the rows' key to the station.
    """
    if not request.at_terminal:
        return rows
    return rows.filter(**{f"{station}__in": TerminalStation.objects.filter(device=request.device).values("station")})


@shows_files
def is_of_terminal(device, attachment) -> bool:
    """A file that belongs to an event at one of the terminal's stations."""
    stations = TerminalStation.objects.filter(device=device).values("station")
    rows = Event.objects.for_tenant(device.tenant_id).filter(pk=attachment.entity_id, station__in=stations)
    return attachment.entity_type == Event._meta.db_table and rows.exists()


def allow(is_allowed: bool) -> None:
    """Raise NotAllowed (403) unless it is."""
    if not is_allowed:
        raise NotAllowed(_("Your role does not allow this; ask a supervisor."))
