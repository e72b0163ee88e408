"""Reordering, counts and reports; inventory/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.inventory.views import planning

urlpatterns = [
    path("parts/reorder/", planning.reorder, name="reorder"),
    path("parts/reorder/mark/", planning.reorder_mark, name="reorder_mark"),
    path("parts/reorder/pdf/", planning.reorder_pdf, name="reorder_pdf"),
    *files("parts/reorder/", planning.reorder_file, "reorder"),
    path("parts/orders/", planning.part_orders, name="part_orders"),
    *files("parts/orders/", planning.part_orders_file, "part_orders"),
    path("parts/orders/<uuid:pk>/", planning.order_change, name="order_change"),
    path("parts/orders/<uuid:pk>/close/", planning.order_close, name="order_close"),
]
