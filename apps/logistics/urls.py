"""Logistics' addresses."""

from django.urls import path

from apps.core.list_files import files
from apps.logistics.views import acts, custody, handovers, movements, passes, shipments, yards

app_name = "logistics"
urlpatterns = [
    path("movements/", movements.movements, name="movements"),
    *files("movements/", movements.movements_file, "movements"),
    path("movements/new/", movements.movement_new, name="movement_new"),
    path("movements/<uuid:pk>/", movements.movement_detail, name="movement_detail"),
    path("movements/<uuid:pk>/hand-over/", handovers.movement_hand_over, name="movement_hand_over"),
    *acts.addresses,
    path("take-over/", handovers.take_over, name="take_over"),
    path("shipments/", shipments.shipments, name="shipments"),
    *files("shipments/", shipments.shipments_file, "shipments"),
    path("shipments/new/", shipments.shipment_new, name="shipment_new"),
    path("shipments/<uuid:pk>/", shipments.shipment_detail, name="shipment_detail"),
    path("shipments/<uuid:pk>/change/", shipments.shipment_change, name="shipment_change"),
    path("shipments/<uuid:pk>/load/", shipments.shipment_load, name="shipment_load"),
    path("shipments/<uuid:pk>/unload/", shipments.shipment_unload, name="shipment_unload"),
    path("shipments/<uuid:pk>/pass/", shipments.shipment_pass, name="shipment_pass"),
    path("shipments/<uuid:pk>/dispatch/", shipments.shipment_dispatch, name="shipment_dispatch"),
    path("shipments/<uuid:pk>/receive/", shipments.shipment_receive, name="shipment_receive"),
    path("shipments/<uuid:pk>/sign/", shipments.shipment_sign, name="shipment_sign"),
    path("shipments/<uuid:pk>/cancel/", shipments.shipment_cancel, name="shipment_cancel"),
    path("shipments/<uuid:pk>/manifest/", shipments.shipment_manifest, name="shipment_manifest"),
    path("shipments/<uuid:pk>/hand-over/", handovers.shipment_hand_over, name="shipment_hand_over"),
    path("pass/<str:token>/", passes.public_pass, name="public_pass"),
    path("assets/<uuid:pk>/custody/", custody.custody, name="custody"),
    path("assets/<uuid:pk>/custody/box/", custody.asset_custody, name="asset_custody"),
    path("assets/<uuid:pk>/custody.pdf", custody.custody_file, name="custody_pdf"),
    path("yard-counts/", yards.yard_counts, name="yard_counts"),
    *files("yard-counts/", yards.yard_counts_file, "yard_counts"),
    path("yard-counts/new/", yards.yard_count_new, name="yard_count_new"),
    path("yard-counts/<uuid:pk>/", yards.yard_count, name="yard_count"),
    *files("yard-counts/<uuid:pk>/", yards.yard_count_file, "yard_count"),
    path("yard-counts/<uuid:pk>/find/", yards.yard_count_find, name="yard_count_find"),
    path("yard-counts/<uuid:pk>/unfind/", yards.yard_count_unfind, name="yard_count_unfind"),
    path("yard-counts/<uuid:pk>/end/", yards.yard_count_end, name="yard_count_end"),
]
