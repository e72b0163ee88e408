"""What people carry; inventory/urls.py takes them in."""

from django.urls import path

from apps.inventory.views import wallet_acts, wallets

urlpatterns = [
    path("wallets/", wallets.wallets, name="wallets"),
    path("wallets.csv", wallets.wallets_file, {"kind": "csv"}, name="wallets_csv"),
    path("wallets.xlsx", wallets.wallets_file, {"kind": "xlsx"}, name="wallets_xlsx"),
    path("wallets/<uuid:pk>/", wallets.wallet, name="wallet"),
    path("wallets/<uuid:pk>.csv", wallets.wallet_file, {"kind": "csv"}, name="wallet_csv"),
    path("wallets/<uuid:pk>.xlsx", wallets.wallet_file, {"kind": "xlsx"}, name="wallet_xlsx"),
    path("wallets/<uuid:pk>/write-off/", wallet_acts.wallet_write_off, name="wallet_write_off"),
    path("wallets/<uuid:pk>/<uuid:part>/", wallets.wallet_part, name="wallet_part"),
    path("wallets/<uuid:pk>/<uuid:part>/ask/", wallet_acts.wallet_part_ask, name="wallet_part_ask"),
    path("wallets/<uuid:pk>/<uuid:part>/return/", wallet_acts.wallet_part_return, name="wallet_part_return"),
    path("wallets/<uuid:pk>/<uuid:part>/hand-over/", wallet_acts.wallet_part_hand_over, name="wallet_part_hand_over"),
    path("wallets/<uuid:pk>/<uuid:part>/write-off/", wallet_acts.wallet_part_write_off, name="wallet_part_write_off"),
    path("handovers/<uuid:pk>/", wallet_acts.handover_end, name="handover_end"),
]
