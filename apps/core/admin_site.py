"""The managers' admin site: signs in on LeanOps' own page, keeps no log beside the audit log."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class LeanOpsAdminSite(admin.AdminSite):
    site_header = "LeanOps"
    site_title = "LeanOps"
    index_title = _("Administration")

    def has_permission(self, request):
        return super().has_permission(request) and request.tenant is not None
