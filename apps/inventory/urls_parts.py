"""Parts, their barcodes, units, photos and labels; inventory/urls.py takes them in."""

from django.urls import path

from apps.inventory.views import parts, parts_detail, parts_labels

urlpatterns = [
    path("parts/", parts.parts, name="parts"),
    path("parts.csv", parts.parts_file, {"kind": "csv"}, name="parts_csv"),
    path("parts.xlsx", parts.parts_file, {"kind": "xlsx"}, name="parts_xlsx"),
    path("parts/labels/", parts_labels.part_labels, name="part_labels"),
    path("parts/labels/print/", parts_labels.part_labels_print, name="part_labels_print"),
    path("parts/new/", parts_detail.part_new, name="part_new"),
    path("parts/<uuid:pk>/", parts_detail.part_detail, name="part_detail"),
    path("parts/<uuid:pk>/change/", parts_detail.part_change, name="part_change"),
    path("parts/<uuid:pk>/use/", parts_detail.part_use, name="part_use"),
    path("parts/<uuid:pk>/barcodes/new/", parts_detail.part_barcode_new, name="part_barcode_new"),
    path("parts/<uuid:pk>/units/new/", parts_detail.part_unit_new, name="part_unit_new"),
    path("parts/<uuid:pk>/photos/", parts_detail.part_photos, name="part_photos"),
    path("part-barcodes/<uuid:pk>/remove/", parts_detail.part_barcode_remove, name="part_barcode_remove"),
    path("part-units/<uuid:pk>/remove/", parts_detail.part_unit_remove, name="part_unit_remove"),
    path("part-photos/<uuid:pk>/remove/", parts_detail.part_photo_remove, name="part_photo_remove"),
]
