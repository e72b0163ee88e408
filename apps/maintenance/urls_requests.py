"""Service requests and their triage; maintenance/urls.py takes them in."""

urlpatterns: list = []
