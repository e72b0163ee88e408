"""What is where, and moving it; inventory/urls.py takes them in."""

from django.urls import path

from apps.inventory.views import stock, stock_acts, stock_moves

urlpatterns = [
    path("stock/", stock.stock, name="stock"),
    path("stock.csv", stock.stock_file, {"kind": "csv"}, name="stock_csv"),
    path("stock.xlsx", stock.stock_file, {"kind": "xlsx"}, name="stock_xlsx"),
    path("stock/receive/", stock_acts.stock_receive, name="stock_receive"),
    path("stock/transfer/", stock_acts.stock_transfer, name="stock_transfer"),
    path("stock/issue/", stock_acts.stock_issue, name="stock_issue"),
    path("stock/return/", stock_acts.stock_return, name="stock_return"),
    path("stock/adjust/", stock_acts.stock_adjust, name="stock_adjust"),
    path("stock/moves/", stock_moves.stock_moves, name="stock_moves"),
    path("stock/moves.csv", stock_moves.stock_moves_file, {"kind": "csv"}, name="stock_moves_csv"),
    path("stock/moves.xlsx", stock_moves.stock_moves_file, {"kind": "xlsx"}, name="stock_moves_xlsx"),
    path("stock/moves/<uuid:pk>/undo/", stock_moves.stock_move_undo, name="stock_move_undo"),
]
