"""app_users.csv, or users.csv: people, who cannot sign in until somebody gives them a one-time password."""

from apps.core.models import User
from apps.core.roles import Role

from .checking import refuse_doubled
from .columns import DEFAULT, NULL, Aside, Choice, Email, Flag, Key, Moment, Text
from .table import Table
from .writing import REASON


class People(Table):
    model = User
    file = "app_users.csv"
    aliases = ("users.csv",)
    columns = [
        Key("id"),
        Aside("tenant_id"),
        Email("email", NULL, in_header=True),  # operators may have none
        Text("display_name", DEFAULT, usual=120),
        Choice("role", values=tuple(Role.values)),
        Flag("is_active", DEFAULT),
        Moment("created_at", DEFAULT),
        Moment("last_login_at", NULL, "last_login"),
        Aside("password_hash"),
    ]
    order = "t.created_at, t.id"
    turn = 1

    def settle(self, load):
        """Who has signed in here since the export keeps that."""
        load.cursor.execute(
            "update load_users s set last_login_at = greatest(s.last_login_at, u.last_login_at) from users u "
            "where u.id = s.id and u.tenant_id = %s",
            [load.tenant.pk],
        )

    def check(self, load):
        refuse_doubled(load, self, "email", key="lower(s.email)")
        load.refuse_where(
            self,
            """select s.at_line, 'email', s.email, case when u.tenant_id = %(tenant)s
                   then 'this address is another person''s, with the id ' || u.id else 'another tenant uses this address' end
               from load_users s join users u on lower(u.email) = lower(s.email) and u.id <> s.id""",
        )
        if "email" in load.given[self.name]:
            load.warn_where(
                self,
                "select at_line, 'email', '', 'without an address this person cannot sign in by e-mail' from load_users "
                "where email is null and not is_refused",
            )

    def start(self, load, instance):
        instance.set_unusable_password()
        instance.must_change_password = True
        if not instance.display_name:
            instance.display_name = (instance.email or str(instance.pk)).partition("@")[0]

    def save_changed(self, load, changed, fields):
        """One by one: that a name or an address changed is noted by a trigger, for the row that is saved next."""
        for instance, former in changed:
            if set(former) == {"last_login"}:  # which is no history
                User.objects.filter(pk=instance.pk).update(last_login=instance.last_login)
            else:
                instance._change_reason = REASON
                instance.save()
