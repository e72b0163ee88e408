"""What schemathesis looks for beside its own checks, and what it leaves alone: the person and the token it acts as."""

import os
from collections import Counter

import schemathesis

OWN = os.environ["OWN_KEYS"].split()
EVERY = int(os.environ["EVERY_COVERED"])
FIRST = 12
covered: Counter = Counter()


@schemathesis.check
def shows_nothing_of_another_tenant(ctx, response, case):
    if b"SECRET" in response.content:
        raise AssertionError("The answer shows another tenant's data.")


@schemathesis.hook
def filter_case(context, case):
    """Of the coverage phase the first cases of an operation, then every so manieth: a list with many filters has hundreds."""
    if case.meta is None or case.meta.phase.name.value != "coverage":
        return True
    covered[case.operation.label] += 1
    count = covered[case.operation.label]
    return count <= FIRST or count % EVERY == 0


@schemathesis.hook
def before_call(context, case, kwargs):
    """A run that ended its own token, or switched itself off, would see 401 from there on."""
    if case.method not in ("GET", "HEAD") and str((case.path_parameters or {}).get("id")) in OWN:
        case.path_parameters["id"] = "00000000-0000-0000-0000-000000000000"
