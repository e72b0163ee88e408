"""What is where, and moving it; inventory/urls.py takes them in."""

urlpatterns = []
