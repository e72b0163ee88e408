"""What people type to find assets: words, and specs (`voltage=220v`, `rpm>1400`, `"rated power">=5`)."""

import math
import re
from dataclasses import dataclass

from django.db.models import Q

from apps.registry.models import AssetTerm

MOST = 8  # of each search; more only narrow what is narrow already
LAST = "\U0010ffff"
TOKEN = re.compile(
    r"""(?P<name>"[^"]+"|[^\s"<>=]+)\s*(?P<sign><=|>=|=|<|>)\s*(?P<value>"[^"]*"|[^\s"]+)|"(?P<phrase>[^"]+)"|(?P<word>[^\s"]+)"""
)
NUMBER = re.compile(r"\s*(-?[0-9]{1,15}(?:[.,][0-9]{1,15})?)\s*[^\W\d_]{0,10}\s*")
ORDERS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
MEANS = {"yes": "true", "no": "false"}


@dataclass(frozen=True)
class Search:
    """words: each begins a word of the asset. specs: (name, sign, value)."""

    words: tuple[str, ...]
    specs: tuple[tuple[str, str, str], ...]


def read_search(text: str) -> Search:
    """Take apart what was typed."""
    words, specs = [], []
    for found in TOKEN.finditer(text.replace("\x00", "").lower()):
        if found["sign"]:
            specs.append((found["name"].strip('"').strip(), found["sign"], found["value"].strip('"').strip()))
        else:
            words.append((found["phrase"] or found["word"]).strip())
    return Search(tuple(word for word in words if word)[:MOST], tuple(specs)[:MOST])


def searched(assets, text: str, *, tenant):
    """Those of a queryset of the tenant's assets that all words and specs of a search find.

    Each word is to begin a word of the asset's name, code, serial number, maker, model or barcode.
    """
    search = read_search(text)
    for word in search.words:
        assets = assets.filter(pk__in=_keys(tenant, Q(name="", term__gte=word, term__lt=word + LAST)))
    for name, sign, value in search.specs:
        assets = assets.filter(pk__in=_keys(tenant, Q(name=name) & _fits(sign, value)))
    return assets


def _keys(tenant, condition):
    return AssetTerm.objects.for_tenant(tenant).filter(condition).values("asset_id")


def _fits(sign, value) -> Q:
    number = number_in(value)
    if sign == "=":
        same = Q(term=MEANS.get(value, value)) | Q(term=value)
        return same | Q(number=number) if number is not None and value.strip("-0123456789.,") == "" else same
    return Q(**{f"number__{ORDERS[sign]}": number}) if number is not None else Q(pk__in=[])


def number_in(text: str) -> float | None:
    """The number that a text is, or begins with, as "220v" does."""
    found = NUMBER.fullmatch(text)
    value = float(found[1].replace(",", ".")) if found else math.nan
    return None if math.isnan(value) else value
