"""The managers' admin: one site, for one tenant at a time."""

from django.contrib.admin.apps import AdminConfig


class LeanOpsAdminConfig(AdminConfig):
    default_site = "apps.core.admin_site.LeanOpsAdminSite"
