"""Places and assets; registry/urls.py takes them in."""

from django.urls import path

from apps.registry.views import asset_list, assets, locations, papers

urlpatterns = [
    path("assets/", asset_list.assets, name="assets"),
    path("assets.csv", asset_list.assets_file, {"kind": "csv"}, name="assets_csv"),
    path("assets.xlsx", asset_list.assets_file, {"kind": "xlsx"}, name="assets_xlsx"),
    path("assets/new/", assets.asset_new, name="asset_new"),
    path("assets/expiring/", papers.assets_expiring, name="assets_expiring"),
    path("assets/expiring.csv", papers.assets_expiring_file, {"kind": "csv"}, name="assets_expiring_csv"),
    path("assets/expiring.xlsx", papers.assets_expiring_file, {"kind": "xlsx"}, name="assets_expiring_xlsx"),
    path("assets/options/", assets.asset_options, name="asset_options"),
    path("assets/<uuid:pk>/", assets.asset_detail, name="asset_detail"),
    path("assets/<uuid:pk>/components/", asset_list.asset_branch, name="asset_branch"),
    path("assets/<uuid:pk>/change/", assets.asset_change, name="asset_change"),
    path("assets/<uuid:pk>/specs/", assets.asset_specs, name="asset_specs"),
    path("assets/<uuid:pk>/move/", assets.asset_move, name="asset_move"),
    path("assets/<uuid:pk>/status/", assets.asset_status, name="asset_status"),
    path("assets/<uuid:pk>/delete/", assets.asset_delete, name="asset_delete"),
    path("assets/<uuid:pk>/photos/", papers.asset_photos, name="asset_photos"),
    path("assets/<uuid:pk>/documents/new/", papers.document_new, name="document_new"),
    path("documents/<uuid:pk>/change/", papers.document_change, name="document_change"),
    path("documents/<uuid:pk>/remove/", papers.document_remove, name="document_remove"),
    path("photos/<uuid:pk>/remove/", papers.photo_remove, name="photo_remove"),
    path("locations/", locations.locations, name="locations"),
    path("locations/options/", locations.location_options, name="location_options"),
    path("locations/new/", locations.location_new, name="location_new"),
    path("locations/<uuid:pk>/", locations.location_detail, name="location_detail"),
    path("locations/<uuid:pk>/below/", asset_list.location_branch, name="location_branch"),
    path("locations/<uuid:pk>/change/", locations.location_change, name="location_change"),
    path("locations/<uuid:pk>/move/", locations.location_move, name="location_move"),
    path("locations/<uuid:pk>/delete/", locations.location_delete, name="location_delete"),
]
