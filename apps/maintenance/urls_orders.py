"""Work orders; maintenance/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.maintenance.views import order_acts, order_page, orders

urlpatterns = [
    path("work-orders/", orders.orders, name="orders"),
    *files("work-orders/", orders.orders_file, "orders"),
    path("work-orders/new/", orders.order_new, name="order_new"),
    path("work-orders/<str:number>/", order_page.order_detail, name="order_detail"),
    path("work-orders/<str:number>/change/", orders.order_change, name="order_change"),
    *order_acts.addresses,
]
