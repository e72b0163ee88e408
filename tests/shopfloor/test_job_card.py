"""A job's card: what it says, and that its code opens the job."""

import pypdfium2
import pytest

from tests.core.test_pdf import codes_on, words_on
from tests.factories import create_job, create_station

pytestmark = pytest.mark.django_db


def test_a_card_says_the_job_and_its_code_opens_it(client, operator, settings):
    settings.ADDRESS = "https://plant.example"
    job = create_job(
        tenant=operator.tenant, code="JOB-7", part_name="Mirror #1 *x*", qty_total=1200, cycle_seconds="12.5",
        line_hint="Line A", due_date="2026-12-24", on=create_station(tenant=operator.tenant, code="ST-01"), qty_done=40,
    )  # fmt: skip
    client.force_login(operator)

    answer = client.get(f"/jobs/{job.pk}/card.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="JOB-7.pdf"'
    (page,) = pypdfium2.PdfDocument(answer.content)
    for words in (
        "JOB-7",
        "Mirror #1 *x*",
        "40 / 1200",
        "2026-12-24",
        "Line A",
        "12.5 s",
        "ST-01",
        operator.tenant.name,
    ):
        assert words in words_on(page)
    ((address, _x, _y),) = codes_on(page)
    assert address == f"https://plant.example/jobs/{job.pk}/"
    assert client.get(address.removeprefix("https://plant.example")).status_code == 200


def test_without_an_address_the_code_leads_to_the_host_that_was_asked(client, operator, settings):
    settings.ADDRESS = ""
    job = create_job(tenant=operator.tenant)
    client.force_login(operator)

    answer = client.get(f"/jobs/{job.pk}/card.pdf", headers={"Host": "10.0.0.7:8000"})

    ((address, _x, _y),) = codes_on(pypdfium2.PdfDocument(answer.content)[0])
    assert address == f"http://10.0.0.7:8000/jobs/{job.pk}/"


def test_a_card_has_only_whats_of_its_job(client, operator):
    job = create_job(tenant=operator.tenant, on=create_station(tenant=operator.tenant, code="ST-01"))
    create_job(tenant=operator.tenant, on=create_station(tenant=operator.tenant, code="ST-02"))
    client.force_login(operator)

    (page,) = pypdfium2.PdfDocument(client.get(f"/jobs/{job.pk}/card.pdf").content)

    assert "ST-01" in words_on(page)
    assert "ST-02" not in words_on(page)
