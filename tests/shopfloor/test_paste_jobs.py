"""Jobs pasted from a spreadsheet: read, shown, then made, all or none."""

import datetime
from decimal import Decimal

import pytest

from apps.core.isolation import tenant_context
from apps.shopfloor.models import Event, Job
from apps.shopfloor.paste import MOST_ROWS, read_paste
from tests.factories import create_job, create_tenant


def values(text, tenant):
    paste = read_paste(text, tenant)
    assert paste.is_good, (paste.problems, [row.errors for row in paste.rows])
    return [row.values for row in paste.rows]


def errors(text, tenant):
    paste = read_paste(text, tenant)
    return paste.problems, [(row.number, row.errors) for row in paste.rows if row.errors]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_tabs_semicolons_and_commas_separate(tenant, sign):
    rows = [["JOB-1", "Mirror", "240", "2026-04-03", "high", "Line A"], ["JOB-2", "Sheet", "1", "", "", ""]]

    found = values("\r\n".join(sign.join(row) for row in rows), tenant)

    assert found[0] == {
        "code": "JOB-1", "part_name": "Mirror", "qty_total": 240, "due_date": datetime.date(2026, 4, 3),
        "priority": "high", "line_hint": "Line A",
    }  # fmt: skip
    assert found[1] == {"code": "JOB-2", "part_name": "Sheet", "qty_total": 1}


def test_a_header_names_the_columns_in_any_order(tenant):
    text = "Quantity\tPart name\tJob\tCycle time (s)\tDue_date\n30\tMirror\tJOB-1\t12,5\t03.04.2026\n"

    assert values(text, tenant) == [
        {
            "code": "JOB-1",
            "part_name": "Mirror",
            "qty_total": 30,
            "cycle_seconds": Decimal("12.5"),
            "due_date": datetime.date(2026, 4, 3),
        }
    ]


def test_quoted_cells_keep_their_signs(tenant):
    text = '"JOB-1","Mirror, 60 × 90 ""plus""","1 200"\n'

    assert values(text, tenant)[0] == {"code": "JOB-1", "part_name": 'Mirror, 60 × 90 "plus"', "qty_total": 1200}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2026-04-03", "2026-04-03"), ("2026/4/3", "2026-04-03"), ("25/04/2026", "2026-04-25"),
     ("04/25/2026", "2026-04-25"), ("05/05/2026", "2026-05-05"), ("2026-04-03 00:00:00", "2026-04-03")],
)  # fmt: skip
def test_dates_that_mean_one_day_are_read(tenant, written, meant):
    assert values(f"J\tP\t1\t{written}", tenant)[0]["due_date"].isoformat() == meant


@pytest.mark.parametrize(
    ("written", "day", "month"),
    [
        ("03/04/25", "2025-04-03", "2025-03-04"),
        ("3-4-2026", "2026-04-03", "2026-03-04"),
        ("04.03.26", "2026-03-04", "2026-04-03"),
    ],
)
def test_a_date_that_could_be_two_days_is_asked(tenant, written, day, month):
    text = f"J\tP\t1\t{written}\nK\tP\t1\t{written}"

    asked = read_paste(text, tenant)

    assert not asked.is_good and [question.cell for question in asked.questions] == [written]
    for way, meant in {"dmy": day, "mdy": month}.items():
        rows = read_paste(text, tenant, {"due_date": way}).rows
        assert [row.values["due_date"].isoformat() for row in rows] == [meant, meant]


def test_a_quantity_that_could_be_two_is_asked_and_a_fraction_is_none(tenant):
    assert read_paste("J\tP\t1.200", tenant).is_asking
    assert read_paste("J\tP\t1.200", tenant, {"qty_total": ","}).rows[0].values["qty_total"] == 1200
    assert "whole" in read_paste("J\tP\t1.200", tenant, {"qty_total": "."}).rows[0].errors["qty_total"]
    assert read_paste("J\tP\t1.200\nK\tP\t1.200.000", tenant).rows[0].values["qty_total"] == 1200


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", "\tP\t1"),
        ("code", "<script>\tP\t1"),
        ("code", "x" * 41 + "\tP\t1"),
        ("part_name", "J\t\t1"),
        ("qty_total", "J\tP\t"),
        ("qty_total", "J\tP\t0"),
        ("qty_total", "J\tP\t-5"),
        ("qty_total", "J\tP\tmany"),
        ("qty_total", "J\tP\t1.25"),
        ("qty_total", "J\tP\t99999999999"),
        ("due_date", "J\tP\t1\t2026-02-30"),
        ("due_date", "J\tP\t1\t46115"),
        ("priority", "J\tP\t1\t\tsoonest"),
        ("cycle_seconds", "J\tP\t1\t\t\t\t1.234,56.7"),
        ("cycle_seconds", "J\tP\t1\t\t\t\t0"),
        ("cycle_seconds", "J\tP\t1\t\t\t\tnan"),
        ("", "J\tP\t1\t\t\t\t\t\tmore"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_cell(tenant, column, text):
    _problems, [(_number, found)] = errors(text, tenant)

    assert list(found) == [column]


def test_codes_that_are_taken_or_twice_are_told_with_their_rows(tenant):
    create_job(tenant=tenant, code="JOB-1")
    other = create_tenant()
    with tenant_context(other):
        create_job(tenant=other, code="JOB-3")

    _problems, found = errors("JOB-1\tP\t1\n\nJOB-2\tP\t1\nJOB-2\tP\t2\nJOB-3\tP\t1", tenant)

    assert [number for number, _errors in found] == [1, 4]
    assert "already" in found[0][1]["code"] and "Line 3" in found[1][1]["code"]


def test_headers_that_are_unknown_twice_or_missing_are_told(tenant):
    problems, _rows = errors("code\tpart\tcolour\nJ\tP\tred", tenant)
    assert any("colour" in problem for problem in problems) and any("qty_total" in problem for problem in problems)
    problems, _rows = errors("code\tjob\tpart\tqty\nJ\tK\tP\t1", tenant)
    assert any("twice" in problem for problem in problems)
    assert "no row below" in errors("code\tpart\tqty", tenant)[0][0]
    assert "nothing to read" in errors(" \n ", tenant)[0][0]


def test_too_many_rows_are_refused(tenant):
    text = "\n".join(f"J-{number}\tP\t1" for number in range(MOST_ROWS + 1))

    assert str(MOST_ROWS) in errors(text, tenant)[0][0]


def test_odd_bytes_do_no_harm(tenant):
    paste = read_paste('\ufeffJ\x00\t"unclosed\t1\n\u202e\ud7ff', tenant)

    assert not paste.is_good


# --- the page ---

GOOD = "JOB-1\tMirror\t240\t2026-04-03\nJOB-2\tSheet\t10\t"


def test_a_preview_makes_nothing(client, supervisor):
    client.force_login(supervisor)

    page = client.post("/jobs/paste/", {"text": GOOD})

    assert page.status_code == 200
    assert "Create 2 jobs" in page.text and "Mirror" in page.text
    assert not Job.objects.exists()


def test_then_all_are_made_with_their_events(client, supervisor):
    client.force_login(supervisor)

    answer = client.post("/jobs/paste/", {"text": GOOD, "create": "1"})

    assert answer["Location"] == "/jobs/"
    assert set(Job.objects.values_list("code", "qty_total")) == {("JOB-1", 240), ("JOB-2", 10)}
    assert Event.objects.filter(event_type="job_created", user=supervisor).count() == 2


def test_one_bad_row_and_none_is_made(client, supervisor):
    client.force_login(supervisor)

    answer = client.post("/jobs/paste/", {"text": GOOD + "\nJOB-3\tCover\tmany", "create": "1"})

    assert answer.status_code == 422
    assert "1 cell has to be put right" in answer.text and "is no number" in answer.text
    assert "JOB-3\tCover\tmany" in answer.text  # what was typed is not lost
    assert not Job.objects.exists()


def test_pasted_markup_stays_text(client, supervisor):
    client.force_login(supervisor)

    page = client.post("/jobs/paste/", {"text": "J\t<script>alert(1)</script>\t1\n</textarea><b>\tP\t1"}).text

    assert "<script>alert" not in page and "</textarea><b>" not in page


def test_reading_a_thousand_rows_takes_one_question(supervisor, django_assert_num_queries):
    text = "\n".join(f"J-{number}\tP\t1\t2026-04-03\thigh" for number in range(MOST_ROWS))

    with django_assert_num_queries(1):
        assert read_paste(text, supervisor.tenant).is_good


def test_a_due_date_of_another_age_is_refused(client, supervisor):
    client.force_login(supervisor)

    answer = client.post(
        "/jobs/new/",
        {"code": "JOB-1", "part_name": "Mirror", "qty_total": 5, "due_date": "0001-01-01", "priority": "normal"},
    )

    assert answer.status_code == 422
    assert "2000 to 2099" in answer.content.decode()


def test_the_page_asks_and_goes_on_with_the_answer(client, supervisor):
    client.force_login(supervisor)
    text = "JOB-1\tMirror\t1,200"

    asked = client.post("/jobs/paste/", {"text": text})
    assert asked.status_code == 422 and "how is “1,200” meant?" in asked.text and "Create" not in asked.text
    shown = client.post("/jobs/paste/", {"text": text, "way-qty_total": "."})
    assert "Create 1 job" in shown.text and '<input type="hidden" name="way-qty_total" value=".">' in shown.text
    client.post("/jobs/paste/", {"text": text, "way-qty_total": ".", "create": "1"})

    assert Job.objects.get().qty_total == 1200
