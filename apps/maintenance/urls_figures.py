"""Maintenance's figures; maintenance/urls.py takes them in."""

urlpatterns: list = []
