"""The registry's addresses."""

app_name = "registry"
urlpatterns: list = []
