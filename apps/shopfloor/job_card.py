"""A job on paper: its card, with a QR code that opens the job's page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.http import lasting_address
from apps.core.label_sheets import qr_svg
from apps.core.pdf import heading, render_pdf

BLANK_ROWS = 7


def job_card(request, job, stations) -> bytes:
    """The PDF. job: with its quantities. stations: what was made where, as the job's page shows it."""
    address = lasting_address(request, reverse("shopfloor:job_detail", args=[job.pk]))
    head = heading(request.tenant)
    words = {"done": _("Done by station"), "blank": _("To be filled in"), "notes": _("Notes")}
    done = [_("Station"), _("Good"), _("Scrap")]
    blank = [_("Station"), _("From"), _("To"), _("Good"), _("Scrap"), _("Name")]
    data = {
        **head,
        "words": head["words"] | words,
        "title": job.code,
        "subtitle": job.part_name,
        "qr": qr_svg(address),
        "facts": list(_facts(job)),
        "done": {
            "columns": done,
            "numbers": [1, 2],
            "rows": [
                [f"{row['station__code']} {row['station__name']}", str(row["good"]), str(row["scrap"])]
                for row in stations
            ],
        },
        "blank": {"columns": blank, "rows": [[""] * len(blank)] * BLANK_ROWS},
    }
    return render_pdf("job_card", data)


def _facts(job):
    made = f"{job.qty_done} / {job.qty_total}"
    yield _("Status"), job.get_status_display()
    yield _("Done"), f"{made} · {_('%d scrap') % job.qty_scrap}" if job.qty_scrap else made
    yield _("Due"), f"{job.due_date:%Y-%m-%d}" if job.due_date else _("no due date")
    yield _("Priority"), job.get_priority_display()
    yield _("Line"), job.line_hint or _("any")
    if job.cycle_seconds:
        yield _("Cycle time"), _("%s s") % f"{job.cycle_seconds.normalize():f}"
