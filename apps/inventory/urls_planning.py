"""Reordering, counts and reports; inventory/urls.py takes them in."""

urlpatterns = []
