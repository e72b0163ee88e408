"""Service requests and their triage; maintenance/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.maintenance.views import public, requests, triage

urlpatterns = [
    path("report/follow/<str:token>/", public.public_request, name="public_request"),
    path("report/<str:qr>/", public.public_report, name="public_report"),
    path("service-requests/", requests.requests, name="requests"),
    *files("service-requests/", requests.requests_file, "requests"),
    path("service-requests/new/", requests.request_new, name="request_new"),
    path("service-requests/triage/", triage.triage, name="triage"),
    path("service-requests/triage/<str:number>/confirm/", triage.order_confirm, name="order_confirm"),
    path("service-requests/<str:number>/", requests.request_detail, name="request_detail"),
    path("service-requests/<str:number>/convert/", triage.request_convert, name="request_convert"),
    path("service-requests/<str:number>/reject/", triage.request_reject, name="request_reject"),
    path("service-requests/<str:number>/merge/", triage.request_merge, name="request_merge"),
    path("service-requests/<str:number>/take/", triage.request_take, name="request_take"),
]
