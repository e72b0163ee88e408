"""The doors that have a state of their own (a PIN, a code, a link of a mail), with what nobody should type in them."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tests.core.probes import rolled_back
from tests.core.test_second_factor import set_up, sign_in
from tests.core.test_terminals import Floor
from tests.factories import PASSWORD, create_asset, create_person
from tests.hostile.nasty import NASTIES, Page


def terminal(tenant):
    floor = Floor(tenant)
    return floor.browser(), f"/terminal/people/{floor.person.pk}/", ["pin"]


def own_pin(tenant):
    return Floor(tenant).signed_in(), "/settings/pin/", ["old_pin", "new_pin", "again"]


def code(tenant):
    person = create_person(tenant=tenant, password=PASSWORD)
    set_up(sign_in(person)[0])
    return sign_in(person)[0], "/second-factor/authenticate/", ["code", "credential"]


def code_again(tenant):
    person = create_person(tenant=tenant, password=PASSWORD)
    client, _ = sign_in(person)
    set_up(client)
    return client, "/second-factor/reauthenticate/", ["code"]


def password_again(tenant):
    return sign_in(create_person(tenant=tenant, password=PASSWORD))[0], "/sign-in/again/", ["password", "next"]


def app(tenant):
    client, _ = sign_in(create_person(tenant=tenant, password=PASSWORD))
    return client, "/second-factor/totp/activate/", ["code"]


def key(tenant):
    client, _ = sign_in(create_person(tenant=tenant, password=PASSWORD))
    return client, "/second-factor/webauthn/add/", ["name", "credential", "passwordless"]


def passkey(tenant):
    return Client(), "/second-factor/webauthn/login/", ["credential", "next"]


def link(tenant):
    person = create_person(tenant=tenant, password=PASSWORD)
    token = default_token_generator.make_token(person)
    client = Client()
    place = client.get(f"/password/reset/{urlsafe_base64_encode(force_bytes(person.pk))}/{token}/")["Location"]
    return client, place, ["new_password1", "new_password2"]


def token(tenant):
    return sign_in(create_person(tenant=tenant, password=PASSWORD))[0], "/settings/tokens/", ["name", "scope", "days"]


def public_report(tenant):
    tenant.settings = {"public_reports": True}
    tenant.save()
    asset = create_asset(tenant=tenant)
    return Client(), f"/report/{asset.identity.qr_token}/", ["description", "name", "photos", "request_key"]


# By these the forms are reached that tests/hostile/test_forms.py misses at its addresses.
DOORS = {
    "apps.core.api.token_views.TokenForm": token,
    "apps.core.forms.PinForm": terminal,
    "apps.core.forms.OwnPinForm": own_pin,
    "apps.core.accounts.CodeForm": code,
    "apps.core.accounts.CodeAgainForm": code_again,
    "apps.core.forms.ResetPasswordForm": link,
    "apps.maintenance.request_forms.PublicForm": public_report,
    "password again": password_again,
    "an app": app,
    "a key": key,
    "a passkey": passkey,
}


@pytest.mark.parametrize("name", DOORS)
def test_no_door_breaks(tenant, name, record_property):
    client, address, fields = DOORS[name](tenant)
    client.raise_request_exception = False
    tried = 0
    for what, text in NASTIES.items():
        for field in fields:
            with rolled_back():
                answer = client.post(address, dict.fromkeys(fields, "1234") | {field: text})
            assert answer.status_code < 500, f"{address} {field} {what}: {answer.status_code}"
            assert Page(answer.content.decode()).made == [], f"{address} {field} {what}"
            tried += 1
    record_property("inputs tried", tried)
