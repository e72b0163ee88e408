"""Maintenance schedules; maintenance/urls.py takes them in."""

urlpatterns: list = []
