"""The secret key: where it comes from, who can read it, and what is said of a weak one."""

import stat

import pytest
from django.core import signing
from django.core.checks import Tags, run_checks

from config import secrets
from config.errors import Refusal


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    monkeypatch.setenv("LEANOPS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("LEANOPS_SECRET_KEY", raising=False)
    monkeypatch.delenv("LEANOPS_SECRET_KEY_FALLBACKS", raising=False)
    return tmp_path / "data"


def test_the_key_is_made_once_for_its_owner_alone(data):
    key = secrets.secret_key()

    assert len(key) > 60 and secrets.secret_key() == key
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert [path.name for path in data.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_is_refused_with_the_way_out(data, mode):
    key = secrets.secret_key()
    (data / "secret_key").chmod(mode)

    with pytest.raises(Refusal, match=f"mode {mode:o}.*chmod 600 .*secret_key") as refused:
        secrets.secret_key()
    assert key not in str(refused.value)


def test_the_environment_goes_first(monkeypatch, data):
    monkeypatch.setenv("LEANOPS_SECRET_KEY", "from-the-environment")

    assert secrets.secret_key() == "from-the-environment"
    assert not data.exists()


def test_what_a_former_key_signed_still_counts_until_it_is_taken_out(monkeypatch, settings):
    settings.SECRET_KEY = "old" * 20
    signed = signing.dumps("hello")

    settings.SECRET_KEY = "new" * 20
    monkeypatch.setenv("LEANOPS_SECRET_KEY_FALLBACKS", "older," + "old" * 20)
    settings.SECRET_KEY_FALLBACKS = secrets.fallbacks()
    assert signing.loads(signed) == "hello"

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signing.BadSignature):
        signing.loads(signed)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"SECRET_KEY": "short"}, "LEANOPS_SECRET_KEY "),
        ({"SECRET_KEY": "a" * 80}, "LEANOPS_SECRET_KEY "),
        ({"SECRET_KEY_FALLBACKS": ["short"]}, "LEANOPS_SECRET_KEY_FALLBACKS "),
    ],
)
def test_a_key_that_could_be_guessed_is_warned_of(settings, values, named):
    assert [warning for warning in run_checks(tags=[Tags.security]) if warning.id == "leanops.W001"] == []

    for name, value in values.items():
        setattr(settings, name, value)

    (warning,) = [found for found in run_checks(tags=[Tags.security]) if found.id == "leanops.W001"]
    assert warning.msg.startswith(named) and "short" not in warning.msg


def test_a_deployment_that_answers_to_every_name_is_warned_of(settings):
    def warned():
        return "leanops.W002" in {
            found.id for found in run_checks(tags=[Tags.security], include_deployment_checks=True)
        }

    settings.ALLOWED_HOSTS = ["*"]
    assert warned()
    settings.ALLOWED_HOSTS = ["plant.example"]
    assert not warned()
