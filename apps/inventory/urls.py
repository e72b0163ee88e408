"""The stores' addresses."""

from apps.inventory import urls_parts, urls_planning, urls_stock, urls_wallets

app_name = "inventory"
urlpatterns = [
    *urls_planning.urlpatterns,
    *urls_parts.urlpatterns,
    *urls_stock.urlpatterns,
    *urls_wallets.urlpatterns,
]
