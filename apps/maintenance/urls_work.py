"""The technician's own work, on the phone; maintenance/urls.py takes them in."""

from django.urls import path

from apps.maintenance.views import work

urlpatterns = [
    path("my-work/", work.my_work, name="my_work"),
    path("my-work/stop/", work.my_work_stop, name="my_work_stop"),
    path("my-work/<str:number>/start/", work.my_work_start, name="my_work_start"),
]
