"""What every resource has: the own tenant's rows, their key, roles, strict lists, conditional changes, CSV; and actions,
each of which calls one service.

    class StopReasons(Creates, Changes, Resource):
        model, shape, lookup_field = StopReason, StopReasonShape, "code"
        writes = MANAGERS
"""

import hashlib
import json
from functools import wraps
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import renderers
from rest_framework.decorators import action
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.viewsets import GenericViewSet

from apps.core.api.fields import Body
from apps.core.api.filters import BACKENDS, refuse_unknown
from apps.core.api.lists import as_csv
from apps.core.errors import Conflict
from apps.core.roles import EVERYONE, MANAGERS, Role

PART = "part_id"  # in the address of what is done to a part of a row
_shown: dict = {}  # model: its resource, for the `current` of a conflict


class CSV(renderers.BaseRenderer):
    """Chosen by `Accept: text/csv`; written by `as_csv`, in a stream. Errors are JSON all the same."""

    media_type, format = "text/csv", "csv"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        renderer_context["response"]["Content-Type"] = "application/json"
        return json.dumps(data, default=str).encode()


class Resource(GenericViewSet):
    """Rows of the person's tenant: GET of a list and of one.

    model, shape: the rows, and how they are shown. lookup_field: their key in addresses. reads, writes: roles.
    ordering: the list's own order, one that an index has; it and `ordering_fields` are stored columns.
    """

    model: Any = None
    shape: Any = None
    lookup_field = "id"
    lookup_value_regex = ".+?"  # codes may have a slash; the router knows the longer addresses first
    reads: tuple[Role, ...] = EVERYONE
    writes: tuple[Role, ...] = MANAGERS
    ordering: tuple[str, ...] = ("id",)
    filter_backends: Any = BACKENDS
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.model is not None:
            cls.serializer_class = cls.shape
            _shown.setdefault(cls.model, cls)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown(self, request)
        # (A form that was read already, for its request key, would pass as an empty body.)
        has_body = request.method in ("POST", "PUT", "PATCH") and request.META.get("CONTENT_LENGTH") not in (
            None,
            "",
            "0",
        )
        if has_body and request.negotiator.select_parser(request, request.parsers) is None:
            raise UnsupportedMediaType(request.content_type)

    def get_renderers(self):
        return [*super().get_renderers(), *([CSV()] if self.action == "list" and self.pagination_class else [])]

    def rows(self, tenant):
        """All that may be seen of a tenant, with what the shape needs."""
        return self.model.objects.for_tenant(tenant)

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):  # the API's description is made for nobody's tenant
            return self.model.objects.none()
        return self.rows(self.request.tenant)

    def get_object(self):
        if "\x00" in self.kwargs[self.lookup_field]:  # no text has one
            raise Http404
        return super().get_object()

    def locked(self):
        """The row that is asked for, locked until the answer: what it is compared with stays so."""
        row = self.get_object()
        return self.rows(self.request.tenant).locked().get(pk=row.pk)

    def in_csv(self, row: dict) -> dict:
        """A row of the list as it stands in CSV."""
        return row

    # -- answers --------------------------------------------------------------------------------------------------------

    def list(self, request, *args, **kwargs):
        rows = self.filter_queryset(self.get_queryset())
        if request.accepted_renderer.format == "csv":
            return as_csv(self, rows)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request, *args, **kwargs):
        return self.answer(self.get_object())

    def shown(self, row) -> dict:
        """Any row as its own resource shows it, fresh."""
        resource = type(self) if isinstance(row, self.model or ()) else _shown[type(row)]
        view = resource(request=self.request, format_kwarg=None)
        view.action = "retrieve"
        fresh = view.rows(self.request.tenant).get(pk=row.pk)
        return resource.shape(fresh, context=view.get_serializer_context()).data

    def answer(self, row, status=200, *, is_fresh=False) -> Response:
        """One row, with its ETag. is_fresh: it is as `rows` would read it now."""
        is_fresh = is_fresh or self.action == "retrieve"
        data = self.get_serializer(row).data if is_fresh else self.shown(row)
        headers = {"ETag": etag(data)}
        return Response(data, status=status, headers=headers)

    # -- what the client has seen ----------------------------------------------------------------------------------------

    def seen(self, row):
        """The version that `If-Match` names, for services that compare; None without one. What has no version is
        compared here: Conflict, with the row as it is."""
        given = self.request.headers.get("If-Match", "").strip()
        if given in ("", "*"):
            return None
        given = given.removeprefix("W/").removesuffix(';gzip"')
        if not hasattr(row, "version"):
            if given != etag(self.shown(row)):
                raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % row, current=row)
            return None
        number = given.strip('"')
        return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0

    def refuse_moved(self, row) -> None:
        """Raise Conflict where `If-Match` names another version than that of this row, which is locked."""
        if self.seen(row) not in (None, getattr(row, "version", None)):
            raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % row, current=row)


def etag(data) -> str:
    """The version of what is shown; where it has none, a hash of it."""
    if "version" in data:
        return f'"{data["version"]}"'
    return f'"{hashlib.sha256(json.dumps(data, default=str, sort_keys=True).encode()).hexdigest()[:32]}"'


class Creates:
    """POST on the list. `make(**data)` stores and returns the row; as it is here, a plain catalogue row."""

    def create(self, request, *args, **kwargs):
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        refuse_taken(self, form.validated_data)
        return self.answer(self.make(**form.validated_data), status=201)

    def make(self, **data):
        row = self.model(tenant=self.request.tenant, **data)
        _save(row)
        return row


class Changes:
    """PATCH (some fields) and PUT (all) of one row. `change(row, **data)` stores and returns it."""

    def update(self, request, *args, partial=False, **kwargs):
        row = self.locked()
        self.refuse_moved(row)  # first: what was sent may be wrong only because the row has moved
        form = self.get_serializer(row, data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        refuse_taken(self, form.validated_data, but=row)
        return self.answer(self.change(row, **form.validated_data))

    def partial_update(self, request, *args, **kwargs):
        return self.update(request, *args, partial=True, **kwargs)

    def change(self, row, **data):
        for name, value in data.items():
            setattr(row, name, value)
        _save(row)
        return row


def _save(row) -> None:
    row.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
    row.save()


def refuse_taken(view, data, *, but=None) -> None:
    """Say kindly that a code is taken; the database says it to whoever comes at the same moment."""
    key = view.lookup_field
    if key not in data or (but is not None and getattr(but, key) == data[key]):
        return
    if view.model.objects.for_tenant(view.request.tenant).filter(**{key: data[key]}).exists():
        raise ValidationError({key: [_("“%s” is taken; choose another.") % data[key]]})


def does(
    body=Body,
    *,
    detail=True,
    answer=None,
    path=None,
    under=None,
    roles=EVERYONE,
    creates=False,
    compares=False,
    is_secret=False,
    is_fresh=False,
    summary=None,
    **kwargs,
):
    """A POST that does one thing. The method gets the row (`detail`: its key is in the address) and the body's fields.

    under: a part of the row, whose key stands in the address: POST orders/{number}/tasks/{part}/result/. The method gets that
    key after the row. compares: the method hands `seen` to its service; else the row is held from here on, where `If-Match` comes along.
    is_secret: the answer is given once, and not kept for a repeat.
    is_fresh: the method returns the row as it now is, with what its shape needs.
    roles: who may; a service, or the method, may ask for more. body: a Body; fields that were not given are not handed on. answer: the shape of what the method returns, where that
    is not the resource's own. kwargs: of the view, for this act. Answers 200, or 201 where something was made.
    """

    def decorate(method):
        @wraps(method)
        def act(self, request, *args, **kwargs):
            is_held = detail and not compares and "If-Match" in request.headers
            row = [self.locked() if is_held else self.get_object()] if detail else []
            form = body(data=request.data, context=self.get_serializer_context())
            form.is_valid(raise_exception=True)
            if is_held:
                self.refuse_moved(*row)
            key = [kwargs[PART]] if under else []
            done = method(self, *row, *key, **form.validated_data)
            status = 201 if creates else 200
            if answer is None:
                return self.answer(done, status=status, is_fresh=is_fresh)
            headers = {"Cache-Control": "no-store"} if is_secret else None  # (request_keys looks at that)
            return Response(answer(done, context=self.get_serializer_context()).data, status=status, headers=headers)

        act.roles = roles
        name = path or method.__name__.replace("_", "-")
        address = f"{under}/(?P<{PART}>[^/]+)/{name}" if under else name
        url_name = "-".join([*([under] if under else []), *name.split("/")])
        act = action(detail=detail, methods=["post"], url_path=address, url_name=url_name, **kwargs)(act)
        described = {"responses": {201 if creates else 200: answer}} if answer else {}
        if under:
            described["parameters"] = [OpenApiParameter(PART, OpenApiTypes.UUID, OpenApiParameter.PATH)]
        return extend_schema(request=body, summary=summary, **described)(act)

    return decorate


def adds_to(resource):
    """Give an earlier app's resource an address that a later one answers: decorates the view, a method of the resource."""

    def decorate(view):
        setattr(resource, view.__name__, view)
        return view

    return decorate


class Deletes:
    """DELETE of one row: 204."""

    def destroy(self, request, *args, **kwargs):
        row = self.locked()
        self.refuse_moved(row)
        self.end(row)
        return Response(status=204)
