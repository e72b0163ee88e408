"""Runs inside the product's own Django (`manage.py shell`): a small plant with people who can sign in, and the checks."""

import json

from django.core.management import call_command, get_commands

PASSWORD = "a-plant-password"
STATIONS = 4
PEOPLE = 8


def make(slug: str) -> None:
    """A plant whose stations all run a job; prints what the tests need to know."""
    from apps.core.isolation import tenant_context
    from apps.core.models import Tenant
    from apps.core.services import create_tenant
    from apps.shopfloor import services
    from tests.factories import create_asset, create_person, create_station

    plant = create_tenant(Tenant(name="Test plant", slug=slug), by=None)
    with tenant_context(plant):
        people = [
            create_person(tenant=plant, email=f"{slug}-{n}@example.com", password=PASSWORD) for n in range(PEOPLE)
        ]
        stations = [create_station(tenant=plant, code=f"ST-{n}", line=f"Line {n}") for n in range(STATIONS)]
        for n, station in enumerate(stations):
            job = services.create_job(
                plant, by=people[0], code=f"JOB-{n}", part_name="Mirror", qty_total=900_000, cycle_seconds=None
            )
            services.assign_job(station, job, by=people[0], run=True)
        create_asset(tenant=plant, parent=create_asset(tenant=plant))
    found = {"tenant": plant.pk, "stations": [s.pk for s in stations], "people": [person.email for person in people]}
    print(json.dumps(found, default=str))


def verify() -> None:
    """The trees hold, and so do the seals, where this LeanOps has them. Raises where not."""
    call_command("check_trees")
    if "verify_records" in get_commands():
        call_command("verify_records")
