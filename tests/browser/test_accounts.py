"""Second factor and passkeys in a real browser, with an authenticator that Chromium plays."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.core.test_second_factor import code_of
from tests.factories import PASSWORD, create_person


@pytest.fixture
def person(plant, settings):
    settings.PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]  # the server knows no other
    with plant.context():
        return create_person(tenant=plant.tenant, role="manager", password=PASSWORD, email="ana@north.example")


@pytest.fixture
def page(browser, server):
    """A page on http://localhost: passkeys need a name, and https or this one."""
    context = browser.new_context(
        base_url=f"http://localhost:{urlsplit(server).port}", viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # a page whose cookies are taken away asks once more, and is refused
    assert [text for text in complaints if "401 (Unauthorized)" not in text] == []


def sign_in(page):
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill("ana@north.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_app_is_set_up_by_its_picture_and_asked_for_at_the_next_sign_in(page, person):
    sign_in(page)
    page.goto("/settings/")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Activate").click()
    expect(page.locator("img.code")).to_be_visible()
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    codes = page.get_by_label("Unused codes").input_value().split()
    assert len(codes) == 10

    page.context.clear_cookies()
    sign_in(page)
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(re.compile("/(board|admin)/"))


def test_a_passkey_signs_in_without_a_password(page, person):
    sign_in(page)
    page.goto("/second-factor/webauthn/add/")
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")

    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile("/(board|admin)/"))
