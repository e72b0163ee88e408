"""What can be done to tenants and people: sign in and out, passwords, a person's own settings, master data."""

import json
import secrets
from collections import Counter
from contextlib import nullcontext

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import sessions, throttle
from apps.core.errors import BrokenRule
from apps.core.hooks import tenant_created, user_deactivated
from apps.core.isolation import own_context, tenant_context
from apps.core.models import ApiToken, AuditLog, User
from apps.core.roles import Role

# What only the person chooses, under My settings.
OWN_CHOICES = ("theme", "language", "shifts", "mail_choices", "digest_hour")
MOST_PLACES = 400  # to choose from on a page
# Without the letters and digits that are taken for one another on a slip of paper.
EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def wrong_secret(request, response, person, *, name, by, **changes):
    """Count and record that somebody typed a wrong secret of a person; returns the response, which then keeps both.

    name: under which it is counted (throttle). by: which secret. changes: more for the record.
    """
    throttle.failed(request, name)
    record_access(person, "login_failed", request=request, changes={"by": [None, by], **changes})
    response.keeps_writes = True
    return response


def record_access(person, action, *, request, by=None, entity="users", changes=None, tenant=None) -> None:
    """Write an audit row that no history makes: login, login_failed, logout, reset_asked, export. Never an address in it.

    tenant: whose record it belongs to, where that is the tenant in force and not the person's own.
    """
    with nullcontext() if tenant else own_context(person, by=by, request_id=request.id):
        AuditLog.objects.create(
            tenant_id=tenant.pk if tenant else person.tenant_id,
            user_id=by and by.pk,
            action=action,
            entity_type=entity,
            entity_id=str(person.pk) if entity == "users" else "",
            changes=changes or {},
            request_id=request.id,
        )


def create_tenant(tenant, *, by, request_id=""):
    """Store a new tenant, with what the apps give every plant for a start (hooks.tenant_created). Returns it."""
    with tenant_context(tenant, user=by, request_id=request_id):
        tenant.save(force_insert=True)
        tenant_created(tenant)
    return tenant


@transaction.atomic
def note_account_change(person, what: str, *, by, request_id="") -> None:
    """Record something about a person that is no column of theirs, as the reason of a history row: "sessions ended".

    So that each audit row of a change has the history row it tells of (verify_records).
    """
    with own_context(person, by=by, request_id=request_id):
        person = _locked(person)
        person._change_reason = what
        person.save()


@transaction.atomic
def sign_in(request, person, *, by="password", **details) -> None:
    """Begin a person's session under a new key, and note when. The moment is no change of the person: no history.

    by: how the person has shown who it is, for the record; details: more for the record.
    """
    login(request, person)
    User.objects.filter(pk=person.pk).update(last_login=timezone.now())
    record_access(person, "login", request=request, by=person, changes={"by": [None, by]} | details)


def sign_out(request) -> None:
    """End the session."""
    record_access(request.user, "logout", request=request, by=request.user)
    tell_streams(request.user)
    logout(request)


@transaction.atomic
def change_password(request, password) -> None:
    """Give the person signed in a password of their own; this session stays, all others end."""
    person = _store_password(request.user, password, by=request.user, request_id=request.id)
    former = request.session.session_key
    end_sessions(person, but=former)
    update_session_auth_hash(request, person)
    sessions.note(request, person, former=former)


@transaction.atomic
def reset_password(request, person, password) -> None:
    """Store the password a person has chosen by the link in a mail; all sessions end. The second factor stays."""
    person = _store_password(person, password, by=person, request_id=request.id, reason="link by e-mail")
    with own_context(person, by=person, request_id=request.id):
        end_tokens(person)
    end_sessions(person)


@transaction.atomic
def ask_for_reset(request, address: str) -> None:
    """Have the worker mail a link for a new password to whoever has this address (apps.core.tasks).

    Recorded of whoever has it, also where no mail goes out: to the switched off. One that nobody has leaves no record, as
    at signing in.
    """
    from apps.core import tasks  # here: the task calls back

    if person := User.objects.filter(email__iexact=address).first():
        record_access(person, "reset_asked", request=request)
        if person.is_active:
            tasks.mail_reset_link.defer(person=str(person.pk))


def _store_password(person, password, *, by, request_id, reason=""):
    with own_context(person, by=by, request_id=request_id):
        person = _locked(person)
        person.set_password(password)
        person.must_change_password = False
        person._change_reason = reason
        person.save()
    return person


def end_sessions(person, *, but: str = "") -> None:
    """End a person's sessions at once, and the live pages they hold open. but: the key of one that stays."""
    ending = UserSession.objects.filter(user=person).exclude(session_key=but)
    Session.objects.filter(session_key__in=list(ending.values_list("session_key", flat=True))).delete()
    ending.delete()
    tell_streams(person)


def end_tokens(person) -> None:
    """Revoke all API tokens of a person, in the tenant in force."""
    for token in ApiToken.objects.filter(user=person).usable().locked().order_by("pk"):
        token.revoked_at = timezone.now()
        token.save()


def tell_streams(person=None, *, tenant=None) -> None:
    """At commit, let open streams look at once whether their session still stands (live.Hub): a person's, or a tenant's."""
    message = {"person": str(person.pk)} if person else {"check": str(tenant.pk)}
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('board', %s)", [json.dumps(message)])


@transaction.atomic
def save_own_settings(request, **fields) -> None:
    """Store what the person signed in chose for the own pages. fields: of lines, locations and OWN_CHOICES."""
    with own_context(request.user, by=request.user, request_id=request.id):
        person = _locked(request.user)
        for name, value in fields.items():
            setattr(person, name, value)
        person.save()


def _locked(person):
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)


def lines_of(tenant) -> list[str]:
    """The tenant's lines by name. Stations are a later app's table: read by name, as a foreign key would be."""
    stations = apps.get_model("shopfloor", "Station").objects.for_tenant(tenant)
    return list(stations.order_by("line").values_list("line", flat=True).distinct())


def place_names(tenant) -> list[tuple]:
    """(key, path) of the tenant's places in use, as a tree is read; by name, as lines_of reads stations.

    Of very many, those of the upper levels: who looks for a room finds it below its building.
    """
    places = apps.get_model("registry", "Location").objects.for_tenant(tenant).order_by("tree_id", "lft")
    rows = list(places.values_list("pk", "parent_id", "name", "level", "is_active"))
    levels = Counter(level for *_row, level, is_active in rows if is_active)
    deepest = max((n for n in levels if sum(levels[m] for m in range(n + 1)) <= MOST_PLACES), default=0)
    paths: dict = {}
    for key, parent, name, _level, _is_active in rows:
        paths[key] = f"{paths[parent]} > {name}" if parent in paths else name
    return [(key, paths[key]) for key, _p, _n, level, is_active in rows if is_active and level <= deepest]


def known_places(tenant, keys) -> list:
    """Which of these keys are of the tenant's places."""
    places = apps.get_model("registry", "Location").objects.for_tenant(tenant)
    return list(places.filter(pk__in=keys).values_list("pk", flat=True))


def shift_names(tenant, lines=()) -> list[str]:
    """The names of the tenant's shifts, of these lines if any are given; read by name, as lines_of reads stations."""
    shifts = apps.get_model("shopfloor", "Shift").objects.for_tenant(tenant)
    if lines:
        shifts = shifts.filter(Q(lines=[]) | Q(lines__overlap=lines))
    return list(dict.fromkeys(shifts.values_list("name", flat=True)))


@transaction.atomic
def give_one_time_password(person, *, by) -> str:
    """Let a person in once with a new password, to be changed at once; open sessions end. Returns it, to be told.

    Raises BrokenRule for a person who may not sign in.
    """
    if not person.is_active:
        raise BrokenRule(_("%s is not active; activate the person first.") % person)
    if not person.email:
        raise BrokenRule(_("%s has no e-mail address to sign in with; enter one first.") % person)
    word = "-".join("".join(secrets.choice(EASY_LETTERS) for _letter in range(4)) for _group in range(4))
    person = _locked(person)
    person.set_password(word)
    person.must_change_password = True
    person._change_reason = "one-time password"
    person.save()
    end_tokens(person)
    end_sessions(person)
    return word


@transaction.atomic
def remove_second_factor(person, *, by) -> None:
    """Take away a lost phone's codes and passkeys; the person signs in by password, and can set up new ones.

    Raises BrokenRule where there are none, and for oneself: one's own are removed under My settings.
    """
    if by is not None and by.pk == person.pk:
        raise BrokenRule(_("Remove your own second factor under My settings."))
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise BrokenRule(_("%s has no second factor.") % person)
    end_sessions(person)


@transaction.atomic
def sign_out_everywhere(person, *, by) -> None:
    """End all sessions and API tokens of a person, on request of an admin."""
    note_account_change(person, "sessions ended", by=by)
    end_tokens(person)
    end_sessions(person)


@transaction.atomic
def save_person(person, *, by):
    """Store a new or changed person of a tenant. Returns the person.

    Raises BrokenRule where admins would lock themselves, or the tenant, out.
    """
    if person._state.adding:
        person.set_unusable_password()
        person.save()
        return person
    # All of the tenant's admins are locked, by key: two must not take each other's role at once.
    admins = User.objects.for_tenant(person.tenant).filter(role=Role.ADMIN, is_active=True)
    active_admins = list(admins.select_for_update(of=("self",), no_key=True).order_by("pk"))
    former = User.objects.get(pk=person.pk)
    stays = person.is_active and person.role == Role.ADMIN
    if former in active_admins and not stays:
        if by is not None and by.pk == person.pk:
            raise BrokenRule(_("You cannot take your own admin rights; another admin can."))
        if active_admins == [former]:
            raise BrokenRule(_("%s is the last admin; make somebody else admin first.") % former)
    for name in ("password", "pin_hash", "last_login", "must_change_password", *OWN_CHOICES):  # not this form's
        setattr(person, name, getattr(former, name))
    person.save()
    if former.is_active and not person.is_active:
        end_tokens(person)
        end_sessions(person)
        user_deactivated(person, by=by)
    return person


@transaction.atomic
def save_tenant(tenant, *, by, request_id=""):
    """Store a new or changed tenant under its own eyes: its history is its own. Returns it."""
    with tenant_context(tenant, user=by, request_id=request_id):
        tenant.save()
    return tenant
