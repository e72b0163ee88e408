"""The managers' admin site: signs in on LeanOps' own page, keeps no log beside the audit log."""

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class LeanOpsAdminSite(admin.AdminSite):
    site_header = "LeanOps"
    site_title = "LeanOps"
    index_title = _("Administration")
    site_url = reverse_lazy("shopfloor:board")
    final_catch_all_view = True

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only our own tables: those of libraries (groups, the job queue) know no tenant."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        ours = [model for model in models if model.__module__.startswith("apps.")]
        if ours:
            super().register(ours, admin_class, **options)

    def has_permission(self, request):
        if request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied  # Django would ask to sign in again, for ever
        return super().has_permission(request) and request.tenant is not None

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(wanted, reverse("core:sign_in"))

    def logout(self, request, extra_context=None):
        from apps.core import views  # here: models are not loaded when the site is

        return views.sign_out(request)

    def password_change(self, request, extra_context=None):
        return redirect("core:password_change")

    def password_change_done(self, request, extra_context=None):
        return redirect("core:my_settings")
