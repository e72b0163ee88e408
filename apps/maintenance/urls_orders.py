"""Work orders; maintenance/urls.py takes them in."""

urlpatterns: list = []
