"""Parts, their barcodes, units, photos and labels; inventory/urls.py takes them in."""

urlpatterns = []
