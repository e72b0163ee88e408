"""Sheets in the managers' admin: exports of what a list shows, templates, and imports that are seen before they are done.

Built on django-import-export's admin: its permissions, its place above the lists, its reading of their filters. Files,
questions, comparison and writing are ours: its own engine copies and asks the database row by row, takes one encoding
and separator, and guesses what could be two things.
"""

import csv
import io

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from import_export.admin import ImportExportMixin

from apps.core.csv_export import EXPORTS, PAGE
from apps.core.sheets import reading, workbooks
from apps.core.sheets.columns import Reference, as_text
from apps.core.sheets.formulas import harmless
from apps.core.sheets.models import KEPT_FOR, KeptSheet, keep
from apps.core.sheets.questions import questions
from apps.core.sheets.tables import CHANGED, NEW, REFUSED, UNCHANGED, Sheet

SHOWN = 100  # rows of each kind in a preview


class ImportForm(forms.Form):
    """A file, or cells copied from a spreadsheet."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("CSV or XLSX: comma, semicolon or tab between, UTF-8 or a Windows code page."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or cells"),
        required=False,
        strip=False,
        help_text=gettext_lazy("Copied in your spreadsheet, with their headings."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self):
        found = super().clean()
        if not self.errors and bool(found.get("file")) == bool((found.get("text") or "").strip()):
            raise forms.ValidationError(_("Choose a file, or paste cells: one of the two."))
        return found

    @property
    def content(self) -> bytes:
        file = self.cleaned_data["file"]
        return file.read() if file else self.cleaned_data["text"].encode("utf-8-sig")


class SheetsAdmin(ImportExportMixin):
    """Export of every list, and import where `sheet` names how; without one, `exported` or the form's fields go out."""

    sheet: type[Sheet] | None = None
    exported: tuple[str, ...] = ()
    import_export_change_list_template = "admin/sheets/change_list.html"

    # -- who may ----------------------------------------------------------------------------------------------------

    def has_export_permission(self, request):
        return self.has_view_permission(request)

    def has_import_permission(self, request):
        return self.sheet is not None and self.has_add_permission(request) and self.has_change_permission(request)

    def get_sheet(self, request) -> Sheet:
        kind = self.sheet or type("Fields", (Sheet,), {"model": self.model, "fields": self._exported_fields()})
        return kind(request.tenant, request.user)

    def _exported_fields(self) -> tuple[str, ...]:
        known = {field.name for field in self.model._meta.concrete_fields}
        return tuple(name for name in self.exported or self.fields or self.list_display if name in known)

    # -- addresses --------------------------------------------------------------------------------------------------

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"

        def page(address, view, end):
            return path(address, self.admin_site.admin_view(view), name=f"{name}_{end}")

        ours = [
            page("export.csv", require_GET(self.export_csv), "export_csv"),
            page("export.xlsx", require_GET(self.export_xlsx), "export_xlsx"),
        ]
        if self.sheet is not None:
            ours += [
                page("import/", self.import_sheet, "import"),
                page("import/template.csv", require_GET(self.template_csv), "template_csv"),
                page("import/template.xlsx", require_GET(self.template_xlsx), "template_xlsx"),
                page("import/<uuid:kept>/", self.preview, "preview"),
            ]
        theirs = (f"{name}_import", f"{name}_process_import", f"{name}_export")
        return [*ours, *(url for url in super().get_urls() if url.name not in theirs)]

    def sheet_address(self, page, *args) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    # -- out --------------------------------------------------------------------------------------------------------

    def export_csv(self, request):
        return self._export(request, "csv")

    def export_xlsx(self, request):
        return self._export(request, "xlsx")

    def _export(self, request, kind):
        """All that the list's filters find, in the order in which the rows were made."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        found, sheet = self.get_export_queryset(request).order_by("pk"), self.get_sheet(request)

        def page(after):
            rows = list((found.filter(pk__gt=after) if after else found)[:PAGE])
            return sheet.cells(rows), rows[-1].pk if len(rows) == PAGE else ""

        return EXPORTS[kind](
            request,
            name=self.opts.db_table,
            table=self.opts.db_table,
            asked={name: value[:200] for name, value in request.GET.items() if value},
            found=found,
            columns=sheet.headings(),
            page=page,
        )

    def template_csv(self, request):
        sheet = self._importable(request)
        lines = ["\ufeff" + _csv_line(_headings(sheet)), _csv_line(sheet.examples())]
        return _file("".join(lines).encode(), "text/csv; charset=utf-8", f"{self.opts.db_table}-template.csv")

    def template_xlsx(self, request):
        """The headings with an example, and a second sheet that says what each column takes."""
        sheet, file = self._importable(request), io.BytesIO()
        notes = [[_("Column"), _("What it is"), _("Needed"), _("What it takes")]]
        notes += [
            [column.name, capfirst(column.label), sheet.need_of(column), column.help]
            for column in sheet.written_columns()
        ]
        workbooks.write(file, {self.opts.db_table: [_headings(sheet), sheet.examples()], _("Notes"): notes})
        return _file(file.getvalue(), workbooks.KIND, f"{self.opts.db_table}-template.xlsx")

    def _importable(self, request) -> Sheet:
        if not self.has_import_permission(request):
            raise PermissionDenied
        return self.get_sheet(request)

    # -- in ---------------------------------------------------------------------------------------------------------

    def import_sheet(self, request):
        """GET asks for a file, POST keeps it and goes on to its preview."""
        sheet = self._importable(request)
        form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
        if form.is_bound and form.is_valid():
            try:
                content = form.content
                reading.read(content)
            except reading.Unreadable as refused:
                form.add_error("file" if form.cleaned_data["file"] else "text", str(refused))
            else:
                name = form.cleaned_data["file"].name if form.cleaned_data["file"] else _("pasted cells")
                kept = keep(
                    content, name=name[:200], table=self.opts.db_table, tenant=request.tenant, person=request.user
                )
                return HttpResponseRedirect(self.sheet_address("preview", kept.pk))
        columns = [(column, sheet.need_of(column)) for column in sheet.written_columns()]
        return self._page(request, "import", {"form": form, "columns": columns}, status=422 if form.errors else 200)

    def preview(self, request, kept):
        """GET shows what the sheet would do, as it is read; POST does it, if that is still what was shown."""
        sheet = self._importable(request)
        mine = KeptSheet.objects.for_tenant(request.tenant).filter(person=request.user, table=self.opts.db_table)
        mine = mine.filter(created_at__gt=timezone.now() - KEPT_FOR)
        if request.method == "POST":
            mine = mine.select_for_update(of=("self",))  # twice at once: the second finds it gone
        found = mine.filter(pk=kept).first()
        if found is None:
            return self._gone(request)
        asked = request.POST if request.method == "POST" else request.GET
        if request.method == "POST":
            return self._import(request, sheet, found, asked)
        return self._preview(request, sheet, found, asked)

    def _gone(self, request):
        from apps.core.middleware import refusal  # here: middleware asks later modules

        sentence = _("This sheet was imported already, or it is older than a day. Look at the list, or send it again.")
        return refusal(request, sentence, 404)

    def _read(self, sheet, kept, asked, *, lock=False):
        grid = reading.read(
            bytes(kept.content), encoding=asked.get("encoding", ""), delimiter=asked.get("delimiter", "")
        )
        answers = {column.name: asked.get(f"way-{column.name}", "") for column in sheet.columns}
        return grid, sheet.compare(grid, answers, lock=lock)

    def _preview(self, request, sheet, kept, asked, *, status=200, moved=False):
        try:
            grid, found = self._read(sheet, kept, asked)
        except reading.Unreadable as refused:
            context = {"kept": kept, "unreadable": str(refused), "asked": asked, "encodings": _encodings(asked)}
            return self._page(request, "preview", context, status=422)
        mark = found.mark
        if found.is_good:
            with transaction.atomic():
                sheet.rehearse(found)
                transaction.set_rollback(True)
        return self._page(request, "preview", self._shown(kept, grid, found, mark, asked, moved), status=status)

    def _import(self, request, sheet, kept, asked):
        try:
            _grid, found = self._read(sheet, kept, asked, lock=True)
        except reading.Unreadable:
            return self._preview(request, sheet, kept, asked)
        if not found.is_good or found.mark != asked.get("mark", ""):
            return self._preview(request, sheet, kept, asked, status=409, moved=found.is_good)
        with transaction.atomic():
            sheet.write(found)
            if not found.is_good:
                transaction.set_rollback(True)
        if not found.is_good:
            return self._preview(request, sheet, kept, asked, status=409)
        kept.delete()
        words = {"new": found.counts[NEW], "changed": found.counts[CHANGED], "unchanged": found.counts[UNCHANGED]}
        self.message_user(
            request, _("Imported: %(new)d new, %(changed)d changed, %(unchanged)d unchanged.") % words, messages.SUCCESS
        )
        return HttpResponseRedirect(self.sheet_address("changelist"))

    # -- pages ------------------------------------------------------------------------------------------------------

    def _shown(self, kept, grid, found, mark, asked, moved) -> dict:
        columns = [column for column in found.columns if not column.read_only]
        groups = []
        for kind, title in (
            (REFUSED, _("Refused")),
            (CHANGED, _("Changed")),
            (NEW, _("New")),
            (UNCHANGED, _("Unchanged")),
        ):
            rows = found.of_kind(kind) if not found.is_asking else []
            if rows:
                shown = [(row, [_cell(row, column) for column in columns]) for row in rows[:SHOWN]]
                groups.append(
                    {"title": title, "kind": kind, "count": len(rows), "rows": shown, "more": len(rows) - len(shown)}
                )
        return {
            "kept": kept,
            "grid": grid,
            "found": found,
            "columns": columns,
            "groups": groups,
            "mark": mark,
            "moved": moved,
            "asked": asked,
            "questions": questions(found),
            "chosen": {name: value for name, value in asked.items() if name.startswith("way-")}
            | {name: asked[name] for name in ("encoding", "delimiter") if asked.get(name)},
            "encodings": _encodings(asked, grid.encoding),
            "delimiters": [(sign, word, sign == grid.delimiter) for sign, word in reading.DELIMITERS.items()]
            if grid.delimiter
            else [],
        }

    def _page(self, request, page, context, *, status=200):
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import %s") % self.opts.verbose_name_plural,
            "opts": self.opts,
            "media": self.media,
            **context,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/sheets/{page}.html", context, status=status)


def _headings(sheet) -> list[str]:
    return [column.name for column in sheet.written_columns()]


def _encodings(asked, taken="") -> list:
    if not taken and not asked.get("encoding"):
        return []
    return [(name, word, name == (taken or asked.get("encoding"))) for name, word in reading.ENCODINGS.items()]


def _cell(row, column) -> dict:
    """What a preview shows of a cell: as written, what it becomes, what was there, what is wrong."""
    cell = as_text(row.cells.get(column.name, ""))
    shown = {"text": cell, "error": row.errors.get(column.name, "")}
    if column.attribute in row.values and not shown["error"]:
        shown["text"] = _words(column, row.values[column.attribute], cell)
        if not row.is_new:
            shown["former"] = as_text(column.shown(row.former[column.attribute])) or _("empty")
            shown["text"] = shown["text"] or _("empty")
            shown["is_changed"] = True
    return shown


def _words(column, value, cell) -> str:
    return cell if isinstance(column, Reference) else as_text(column.shown(value))


def _csv_line(cells) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _file(content, kind, name):
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
