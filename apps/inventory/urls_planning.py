"""Reordering, counts and reports; inventory/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.inventory.views import counting, counts, planning, reports

urlpatterns = [
    path("parts/reorder/", planning.reorder, name="reorder"),
    path("parts/reorder/mark/", planning.reorder_mark, name="reorder_mark"),
    path("parts/reorder/pdf/", planning.reorder_pdf, name="reorder_pdf"),
    *files("parts/reorder/", planning.reorder_file, "reorder"),
    path("parts/orders/", planning.part_orders, name="part_orders"),
    *files("parts/orders/", planning.part_orders_file, "part_orders"),
    path("parts/orders/<uuid:pk>/", planning.order_change, name="order_change"),
    path("parts/orders/<uuid:pk>/close/", planning.order_close, name="order_close"),
    path("stock/counts/", counts.counts, name="counts"),
    *files("stock/counts/", counts.counts_file, "counts"),
    path("stock/counts/new/", counts.count_new, name="count_new"),
    path("stock/counts/due/", counts.count_plan, name="count_plan"),
    *files("stock/counts/due/", counts.count_plan_file, "count_plan"),
    path("stock/counts/<uuid:pk>/", counts.count_detail, name="count_detail"),
    *files("stock/counts/<uuid:pk>/", counts.count_file, "count_detail"),
    path("stock/counts/<uuid:pk>/pdf/", counts.count_pdf, name="count_pdf"),
    path("stock/counts/<uuid:pk>/sheet/", counts.count_sheet, name="count_sheet"),
    path("stock/counts/<uuid:pk>/post/", counts.count_post, name="count_post"),
    path("stock/counts/<uuid:pk>/cancel/", counts.count_cancel, name="count_cancel"),
    path("stock/counts/<uuid:pk>/count/", counting.count_enter, name="count_enter"),
    path("stock/reports/", reports.stock_reports, name="stock_reports"),
    *files("stock/reports/", reports.stock_reports_file, "stock_reports"),
    *files("stock/reports/parts/", reports.stock_parts_file, "stock_parts"),
    path("stock/reports/pdf/", reports.stock_reports_pdf, name="stock_reports_pdf"),
    path("stock/reports/use/", reports.stock_use, name="stock_use"),
    *files("stock/reports/use/", reports.stock_use_file, "stock_use"),
    path("stock/reports/use/pdf/", reports.stock_use_pdf, name="stock_use_pdf"),
    path("stock/reports/slow/", reports.stock_slow, name="stock_slow"),
    *files("stock/reports/slow/", reports.stock_slow_file, "stock_slow"),
    path("stock/reports/slow/pdf/", reports.stock_slow_pdf, name="stock_slow_pdf"),
    path("stock/reports/classes/", reports.stock_classes, name="stock_classes"),
    *files("stock/reports/classes/", reports.stock_classes_file, "stock_classes"),
    path("stock/reports/classes/pdf/", reports.stock_classes_pdf, name="stock_classes_pdf"),
    path("stock/reports/classes/set/", reports.classes_set, name="classes_set"),
    path("stock/count-lines/<uuid:pk>/", counts.line_explain, name="line_explain"),
    path("stock/count-lines/<uuid:pk>/drop/", counts.line_drop, name="line_drop"),
]
