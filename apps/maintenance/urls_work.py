"""The technician's own work, on the phone; maintenance/urls.py takes them in."""

urlpatterns: list = []
