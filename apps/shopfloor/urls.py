from django.urls import path

app_name = "shopfloor"
urlpatterns: list[path] = []
