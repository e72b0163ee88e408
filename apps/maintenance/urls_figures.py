"""Maintenance's figures; maintenance/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.maintenance.views import figures

urlpatterns = [
    path("maintenance/figures/", figures.figures, name="figures"),
    path("maintenance/figures/pdf/", figures.figures_pdf, name="figures_pdf"),
    *files("maintenance/figures/", figures.figures_file, "figures"),
    *(
        path(
            f"maintenance/figures/{rows}/{kind}/",
            figures.figure_rows_file,
            {"rows": rows, "kind": kind},
            name=f"figures_{rows}_{kind}",
        )
        for rows in figures.ROWS
        for kind in ("csv", "xlsx")
    ),
]
