"""Work orders; maintenance/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.maintenance.views import chosen, order_acts, order_page, orders, planning

urlpatterns = [
    path("work-orders/", orders.orders, name="orders"),
    *files("work-orders/", orders.orders_file, "orders"),
    path("work-orders/board/", planning.order_board, name="order_board"),
    path("work-orders/calendar/", planning.order_calendar, name="order_calendar"),
    path("work-orders/load/", planning.order_load, name="order_load"),
    path("work-orders/chosen/assign/", chosen.orders_assign, name="orders_assign"),
    path("work-orders/chosen/approve/", chosen.orders_approve, name="orders_approve"),
    path("work-orders/chosen/sheets.pdf", chosen.orders_sheets, name="orders_sheets"),
    path("work-orders/filters/new/", chosen.filter_new, name="filter_new"),
    path("work-orders/filters/remove/", chosen.filter_remove, name="filter_remove"),
    path("work-orders/new/", orders.order_new, name="order_new"),
    path("work-orders/<str:number>/", order_page.order_detail, name="order_detail"),
    path("work-orders/<str:number>/change/", orders.order_change, name="order_change"),
    path("work-orders/<str:number>/sheet.pdf", chosen.order_sheet, name="order_sheet"),
    *order_acts.addresses,
]
