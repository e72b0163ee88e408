"""Parts, their barcodes, units, photos and labels; inventory/urls.py takes them in."""

from django.urls import path

from apps.inventory.views import parts

urlpatterns = [
    path("parts/", parts.parts, name="parts"),
    path("parts.csv", parts.parts_file, {"kind": "csv"}, name="parts_csv"),
    path("parts.xlsx", parts.parts_file, {"kind": "xlsx"}, name="parts_xlsx"),
]
