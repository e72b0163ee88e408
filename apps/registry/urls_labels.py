"""Labels, and what they open; registry/urls.py takes them in."""

from django.urls import path

from apps.registry.views import labels, scan

urlpatterns = [
    path("q/<str:qr>/", scan.scanned, name="scanned"),
    path("q/<str:qr>/link/", scan.label_link, name="label_link"),
    path("scan/", scan.scan, name="scan"),
    path("labels/", labels.labels, name="labels"),
    path("labels/print/", labels.labels_print, name="labels_print"),
    path("labels/new/", labels.labels_new, name="labels_new"),
    path("labels/<str:batch>/", labels.batch, name="batch"),
    path("labels/<str:batch>/labels.pdf", labels.batch_print, name="batch_print"),
    path("assets/<uuid:pk>/label/", labels.label_reissue, name="label_reissue"),
]
