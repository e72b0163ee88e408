"""Signing in by e-mail and password."""

from django.contrib.auth.backends import ModelBackend

from apps.core.models import User


class RoleBackend(ModelBackend):
    """Rights come from the role (apps.core.roles), so groups and permission rows are not asked."""

    def get_user(self, user_id):
        user = User.objects.select_related("tenant").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
