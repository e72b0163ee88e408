"""Who may do what with orders: the rows of docs/rights.md, for views and templates."""

from dataclasses import dataclass

from apps.core.roles import SUPERVISORS, Role

TECHNICIANS = (Role.TECHNICIAN, *SUPERVISORS)


@dataclass(frozen=True)
class OrderRights:
    """What a person may do with orders. works: begin, work on, finish and close. supervises: approve, assign, cancel."""

    works: bool
    supervises: bool
    manages: bool


def rights_of(request) -> OrderRights:
    person = request.user
    return OrderRights(
        works=person.is_at_least(Role.TECHNICIAN),
        supervises=person.is_at_least(Role.SUPERVISOR),
        manages=person.is_at_least(Role.MANAGER),
    )
