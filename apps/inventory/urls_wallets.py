"""What people carry; inventory/urls.py takes them in."""

urlpatterns = []
