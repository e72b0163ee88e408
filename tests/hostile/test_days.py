"""A day of another century is refused by each way in, and nothing is stored; what was loaded so stays shown."""

import pytest
from django.urls import reverse

from apps.shopfloor.models import Job, PerformanceLog
from tests.api.client import Program
from tests.factories import create_station

JOB = {"code": "JOB-9", "part_name": "Shelf", "qty_total": "5", "priority": "normal"}
LOG = {"shift": "day", "units_completed": "3", "target_units": "4"}
DAYS = pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])


@DAYS
def test_on_a_page_in_the_admin_and_by_a_program(client, admin, day):
    station = create_station(tenant=admin.tenant, code="ST-1")
    client.force_login(admin)
    program = Program(admin)

    answers = [
        client.post(reverse("shopfloor:job_new"), JOB | {"due_date": day}),
        client.post(reverse("admin:shopfloor_job_add"), JOB | {"due_date": day}),
        client.post(reverse("admin:shopfloor_performancelog_add"), LOG | {"station": station.pk, "log_date": day}),
    ]
    told = [
        program.post("jobs/", JOB | {"due_date": day}),
        program.post("performance-logs/", LOG | {"station": "ST-1", "log_date": day}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert [answer.status_code for answer in told] == [400, 400]
    assert all("Write a date from" in answer.text for answer in (*answers, *told))
    assert not Job.objects.exists() and not PerformanceLog.objects.exists()


@DAYS
def test_in_a_sheet(client, admin, day):
    create_station(tenant=admin.tenant, code="ST-1")
    client.force_login(admin)
    for model, sheet in (
        ("job", f"code,part_name,qty_total,due_date\nJOB-9,Shelf,5,{day}\n"),
        ("performancelog", f"log_date,shift,station,units_completed\n{day},day,ST-1,5\n"),
    ):
        answer = client.post(reverse(f"admin:shopfloor_{model}_import"), {"text": sheet})
        assert "from 2000 to 2099" in client.get(answer["Location"]).text, model
