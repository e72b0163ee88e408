from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.maintenance.models.schedules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0017_document_counters"),
        ("registry", "0008_terms_kept"),
        ("shopfloor", "0011_history_of_served_assets_isolated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FailureCode",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.TextField(
                        choices=[("problem", "Problem"), ("cause", "Cause"), ("remedy", "Remedy")], verbose_name="kind"
                    ),
                ),
                (
                    "code",
                    models.TextField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w.][\\w. +/#-]*\\Z",
                                "Use letters, digits, spaces and . _ + / # - only, starting with a letter or digit.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.TextField(max_length=200, verbose_name="name")),
                ("category", models.TextField(blank=True, default="", max_length=100, verbose_name="category")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "failure code",
                "verbose_name_plural": "failure codes",
                "db_table": "failure_codes",
            },
        ),
        migrations.CreateModel(
            name="HistoricalFailureCode",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                (
                    "kind",
                    models.TextField(
                        choices=[("problem", "Problem"), ("cause", "Cause"), ("remedy", "Remedy")], verbose_name="kind"
                    ),
                ),
                (
                    "code",
                    models.TextField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w.][\\w. +/#-]*\\Z",
                                "Use letters, digits, spaces and . _ + / # - only, starting with a letter or digit.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.TextField(max_length=200, verbose_name="name")),
                ("category", models.TextField(blank=True, default="", max_length=100, verbose_name="category")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical failure code",
                "verbose_name_plural": "historical failure codes",
                "db_table": "failure_codes_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PmSchedule",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.TextField(max_length=200, verbose_name="name")),
                (
                    "interval_days",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="every so many days",
                    ),
                ),
                (
                    "interval_months",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1200),
                        ],
                        verbose_name="every so many months",
                    ),
                ),
                (
                    "interval_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.0001"))],
                        verbose_name="every so much",
                    ),
                ),
                (
                    "meter",
                    models.TextField(
                        choices=[("run_hours", "Run hours"), ("odometer", "Odometer")],
                        default="run_hours",
                        verbose_name="meter",
                    ),
                ),
                (
                    "anchor",
                    models.TextField(
                        choices=[("floating", "When it was done"), ("fixed", "When it was due")],
                        default="floating",
                        verbose_name="counts from",
                    ),
                ),
                ("lead_days", models.PositiveSmallIntegerField(default=0, verbose_name="made so many days before")),
                (
                    "lead_meter",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="made so much before",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: a fifth of the interval, at most 28 days.",
                        null=True,
                        verbose_name="on time within days",
                    ),
                ),
                (
                    "grace_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Empty: a tenth of the interval.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="on time within",
                    ),
                ),
                (
                    "tasks",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[apps.maintenance.models.schedules.valid_tasks],
                        verbose_name="tasks",
                    ),
                ),
                (
                    "parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[apps.maintenance.models.schedules.valid_parts],
                        verbose_name="parts",
                    ),
                ),
                (
                    "priority",
                    models.TextField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")],
                        default="normal",
                        verbose_name="priority",
                    ),
                ),
                (
                    "estimated_minutes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="minutes of work"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "first_due_date",
                    models.DateField(
                        blank=True, null=True, validators=[apps.core.fields.sensible_day], verbose_name="first due"
                    ),
                ),
                (
                    "first_due_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="first due at",
                    ),
                ),
                ("last_performed_date", models.DateField(blank=True, null=True, verbose_name="last done")),
                (
                    "last_performed_meter",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="last done at"
                    ),
                ),
                ("cycle", models.PositiveIntegerField(default=1, editable=False)),
                ("next_due_date", models.DateField(blank=True, editable=False, null=True, verbose_name="next due")),
                (
                    "next_due_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        editable=False,
                        max_digits=14,
                        null=True,
                        verbose_name="next due at",
                    ),
                ),
                ("anchor_day", models.PositiveSmallIntegerField(default=1, editable=False)),
                (
                    "issue_date",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("next_due_date"), "-", models.F("lead_days")
                        ),
                        output_field=models.DateField(),
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pm_schedules",
                        to="registry.asset",
                        verbose_name="asset",
                    ),
                ),
                (
                    "suppressed_by_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suppresses",
                        to="maintenance.pmschedule",
                        verbose_name="done with",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "maintenance schedule",
                "verbose_name_plural": "maintenance schedules",
                "db_table": "pm_schedules",
            },
        ),
        migrations.CreateModel(
            name="HistoricalPmSchedule",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                ("name", models.TextField(max_length=200, verbose_name="name")),
                (
                    "interval_days",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="every so many days",
                    ),
                ),
                (
                    "interval_months",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1200),
                        ],
                        verbose_name="every so many months",
                    ),
                ),
                (
                    "interval_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.0001"))],
                        verbose_name="every so much",
                    ),
                ),
                (
                    "meter",
                    models.TextField(
                        choices=[("run_hours", "Run hours"), ("odometer", "Odometer")],
                        default="run_hours",
                        verbose_name="meter",
                    ),
                ),
                (
                    "anchor",
                    models.TextField(
                        choices=[("floating", "When it was done"), ("fixed", "When it was due")],
                        default="floating",
                        verbose_name="counts from",
                    ),
                ),
                ("lead_days", models.PositiveSmallIntegerField(default=0, verbose_name="made so many days before")),
                (
                    "lead_meter",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="made so much before",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: a fifth of the interval, at most 28 days.",
                        null=True,
                        verbose_name="on time within days",
                    ),
                ),
                (
                    "grace_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Empty: a tenth of the interval.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="on time within",
                    ),
                ),
                (
                    "tasks",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[apps.maintenance.models.schedules.valid_tasks],
                        verbose_name="tasks",
                    ),
                ),
                (
                    "parts",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[apps.maintenance.models.schedules.valid_parts],
                        verbose_name="parts",
                    ),
                ),
                (
                    "priority",
                    models.TextField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")],
                        default="normal",
                        verbose_name="priority",
                    ),
                ),
                (
                    "estimated_minutes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="minutes of work"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "first_due_date",
                    models.DateField(
                        blank=True, null=True, validators=[apps.core.fields.sensible_day], verbose_name="first due"
                    ),
                ),
                (
                    "first_due_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="first due at",
                    ),
                ),
                ("last_performed_date", models.DateField(blank=True, null=True, verbose_name="last done")),
                (
                    "last_performed_meter",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="last done at"
                    ),
                ),
                ("cycle", models.PositiveIntegerField(default=1, editable=False)),
                ("next_due_date", models.DateField(blank=True, editable=False, null=True, verbose_name="next due")),
                (
                    "next_due_meter",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        editable=False,
                        max_digits=14,
                        null=True,
                        verbose_name="next due at",
                    ),
                ),
                ("anchor_day", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.asset",
                        verbose_name="asset",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "suppressed_by_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.pmschedule",
                        verbose_name="done with",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical maintenance schedule",
                "verbose_name_plural": "historical maintenance schedules",
                "db_table": "pm_schedules_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="WorkOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.TextField(editable=False, max_length=20, verbose_name="number")),
                ("title", models.TextField(max_length=200, verbose_name="title")),
                ("description", models.TextField(blank=True, default="", max_length=5000, verbose_name="description")),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("draft", "Draft"),
                            ("ready", "Ready"),
                            ("in_progress", "In progress"),
                            ("closed", "Closed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        verbose_name="status",
                    ),
                ),
                (
                    "origin",
                    models.TextField(
                        choices=[("pm", "Preventive"), ("cm", "Corrective"), ("defect", "Defect")],
                        verbose_name="origin",
                    ),
                ),
                (
                    "trigger",
                    models.TextField(
                        choices=[
                            ("date", "Date"),
                            ("meter", "Meter"),
                            ("manual", "By hand"),
                            ("condition", "Condition"),
                        ],
                        default="manual",
                        verbose_name="made by",
                    ),
                ),
                (
                    "priority",
                    models.TextField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")],
                        default="normal",
                        verbose_name="priority",
                    ),
                ),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="due")),
                (
                    "due_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="due at"),
                ),
                ("planned_start", models.DateTimeField(blank=True, null=True, verbose_name="planned from")),
                ("planned_end", models.DateTimeField(blank=True, null=True, verbose_name="planned until")),
                (
                    "estimated_minutes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="minutes of work"),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("performed_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        choices=[("done", "Done"), ("not_done", "Not done")],
                        default="",
                        verbose_name="outcome",
                    ),
                ),
                (
                    "hold_reason",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("parts", "Waiting for parts"),
                            ("access", "No access"),
                            ("shift_end", "End of the shift"),
                            ("review", "To be closed by another person"),
                            ("other", "Other"),
                        ],
                        default="",
                        verbose_name="on hold",
                    ),
                ),
                ("down_from", models.DateTimeField(blank=True, null=True, verbose_name="stood from")),
                ("down_until", models.DateTimeField(blank=True, null=True, verbose_name="stood until")),
                ("cycle", models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="cycle")),
                ("missed", models.PositiveIntegerField(default=0, editable=False, verbose_name="missed before")),
                ("reason", models.TextField(blank=True, default="", max_length=500, verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="made"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "asset",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="work_orders",
                        to="registry.asset",
                        verbose_name="asset",
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "cause",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="cause",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "covered_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="maintenance.workorder",
                        verbose_name="covered by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "finished_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="finished by",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="work_orders",
                        to="registry.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="problem",
                    ),
                ),
                (
                    "remedy",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="remedy",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="work_orders",
                        to="shopfloor.station",
                        verbose_name="station",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "work order",
                "verbose_name_plural": "work orders",
                "db_table": "work_orders",
            },
        ),
        migrations.CreateModel(
            name="PmCredit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("cycle", models.PositiveIntegerField(verbose_name="cycle")),
                ("performed_date", models.DateField(verbose_name="done")),
                (
                    "performed_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="done at"),
                ),
                ("before", models.JSONField(default=dict)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit",
                "verbose_name_plural": "credits",
                "db_table": "pm_credits",
            },
        ),
        migrations.CreateModel(
            name="HistoricalWorkOrderTask",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("section", models.TextField(blank=True, default="", max_length=200, verbose_name="section")),
                ("description", models.TextField(max_length=500, verbose_name="description")),
                ("is_mandatory", models.BooleanField(default=True, verbose_name="mandatory")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("check", "Check"),
                            ("number", "Number"),
                            ("text", "Text"),
                            ("photo", "Photo"),
                            ("meter", "Meter reading"),
                        ],
                        default="check",
                        verbose_name="kind",
                    ),
                ),
                ("unit", models.TextField(blank=True, default="", max_length=20, verbose_name="unit")),
                (
                    "min",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="from"),
                ),
                ("max", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="to")),
                (
                    "result",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("pass", "Pass"),
                            ("fail", "Fail"),
                            ("input", "Entered"),
                            ("not_applicable", "Not applicable"),
                        ],
                        default="",
                        verbose_name="result",
                    ),
                ),
                ("value", models.TextField(blank=True, default="", max_length=2000, verbose_name="value")),
                ("comment", models.TextField(blank=True, default="", max_length=2000, verbose_name="comment")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        blank=True,
                        db_column="wo_id",
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical task",
                "verbose_name_plural": "historical tasks",
                "db_table": "wo_tasks_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalWorkOrder",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                ("number", models.TextField(editable=False, max_length=20, verbose_name="number")),
                ("title", models.TextField(max_length=200, verbose_name="title")),
                ("description", models.TextField(blank=True, default="", max_length=5000, verbose_name="description")),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("draft", "Draft"),
                            ("ready", "Ready"),
                            ("in_progress", "In progress"),
                            ("closed", "Closed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        verbose_name="status",
                    ),
                ),
                (
                    "origin",
                    models.TextField(
                        choices=[("pm", "Preventive"), ("cm", "Corrective"), ("defect", "Defect")],
                        verbose_name="origin",
                    ),
                ),
                (
                    "trigger",
                    models.TextField(
                        choices=[
                            ("date", "Date"),
                            ("meter", "Meter"),
                            ("manual", "By hand"),
                            ("condition", "Condition"),
                        ],
                        default="manual",
                        verbose_name="made by",
                    ),
                ),
                (
                    "priority",
                    models.TextField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")],
                        default="normal",
                        verbose_name="priority",
                    ),
                ),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="due")),
                (
                    "due_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="due at"),
                ),
                ("planned_start", models.DateTimeField(blank=True, null=True, verbose_name="planned from")),
                ("planned_end", models.DateTimeField(blank=True, null=True, verbose_name="planned until")),
                (
                    "estimated_minutes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="minutes of work"),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("performed_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        choices=[("done", "Done"), ("not_done", "Not done")],
                        default="",
                        verbose_name="outcome",
                    ),
                ),
                (
                    "hold_reason",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("parts", "Waiting for parts"),
                            ("access", "No access"),
                            ("shift_end", "End of the shift"),
                            ("review", "To be closed by another person"),
                            ("other", "Other"),
                        ],
                        default="",
                        verbose_name="on hold",
                    ),
                ),
                ("down_from", models.DateTimeField(blank=True, null=True, verbose_name="stood from")),
                ("down_until", models.DateTimeField(blank=True, null=True, verbose_name="stood until")),
                ("cycle", models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="cycle")),
                ("missed", models.PositiveIntegerField(default=0, editable=False, verbose_name="missed before")),
                ("reason", models.TextField(blank=True, default="", max_length=500, verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="made"),
                ),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.asset",
                        verbose_name="asset",
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "cause",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="cause",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "finished_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="finished by",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="problem",
                    ),
                ),
                (
                    "remedy",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.failurecode",
                        verbose_name="remedy",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="shopfloor.station",
                        verbose_name="station",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "covered_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.workorder",
                        verbose_name="covered by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical work order",
                "verbose_name_plural": "historical work orders",
                "db_table": "work_orders_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPmCredit",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                ("cycle", models.PositiveIntegerField(verbose_name="cycle")),
                ("performed_date", models.DateField(verbose_name="done")),
                (
                    "performed_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="done at"),
                ),
                ("before", models.JSONField(default=dict)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical credit",
                "verbose_name_plural": "historical credits",
                "db_table": "pm_credits_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCoveredCycle",
            fields=[
                ("id", models.UUIDField(db_index=True, default=apps.core.fields.uuid7, editable=False)),
                ("cycle", models.PositiveIntegerField(verbose_name="cycle")),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="due")),
                (
                    "due_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="due at"),
                ),
                ("is_open", models.BooleanField(default=True)),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical covered cycle",
                "verbose_name_plural": "historical covered cycles",
                "db_table": "covered_cycles_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="CoveredCycle",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("cycle", models.PositiveIntegerField(verbose_name="cycle")),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="due")),
                (
                    "due_meter",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="due at"),
                ),
                ("is_open", models.BooleanField(default=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "pm_schedule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covered_cycles",
                        to="maintenance.pmschedule",
                        verbose_name="schedule",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covered_cycles",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "covered cycle",
                "verbose_name_plural": "covered cycles",
                "db_table": "covered_cycles",
            },
        ),
        migrations.CreateModel(
            name="WorkOrderTask",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("section", models.TextField(blank=True, default="", max_length=200, verbose_name="section")),
                ("description", models.TextField(max_length=500, verbose_name="description")),
                ("is_mandatory", models.BooleanField(default=True, verbose_name="mandatory")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("check", "Check"),
                            ("number", "Number"),
                            ("text", "Text"),
                            ("photo", "Photo"),
                            ("meter", "Meter reading"),
                        ],
                        default="check",
                        verbose_name="kind",
                    ),
                ),
                ("unit", models.TextField(blank=True, default="", max_length=20, verbose_name="unit")),
                (
                    "min",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="from"),
                ),
                ("max", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="to")),
                (
                    "result",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("pass", "Pass"),
                            ("fail", "Fail"),
                            ("input", "Entered"),
                            ("not_applicable", "Not applicable"),
                        ],
                        default="",
                        verbose_name="result",
                    ),
                ),
                ("value", models.TextField(blank=True, default="", max_length=2000, verbose_name="value")),
                ("comment", models.TextField(blank=True, default="", max_length=2000, verbose_name="comment")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
                (
                    "work_order",
                    models.ForeignKey(
                        db_column="wo_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="maintenance.workorder",
                        verbose_name="work order",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "db_table": "wo_tasks",
            },
        ),
        migrations.AddConstraint(
            model_name="failurecode",
            constraint=models.UniqueConstraint(fields=("tenant", "kind", "code"), name="failure_code_once_per_kind"),
        ),
        migrations.AddConstraint(
            model_name="failurecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["problem", "cause", "remedy"])), name="failure_kind_known"
            ),
        ),
        migrations.AddIndex(
            model_name="pmschedule",
            index=models.Index(fields=["tenant", "asset"], name="pm_schedules_asset"),
        ),
        migrations.AddIndex(
            model_name="pmschedule",
            index=models.Index(
                condition=models.Q(("is_active", True)), fields=["tenant", "issue_date"], name="pm_schedules_issue"
            ),
        ),
        migrations.AddIndex(
            model_name="pmschedule",
            index=models.Index(
                condition=models.Q(("is_active", True), ("next_due_meter__isnull", False)),
                fields=["tenant", "meter", "asset"],
                name="pm_schedules_meter",
            ),
        ),
        migrations.AddIndex(
            model_name="pmschedule",
            index=models.Index(
                condition=models.Q(("suppressed_by_schedule__isnull", False)),
                fields=["tenant", "suppressed_by_schedule"],
                name="pm_schedules_above",
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("interval_days__isnull", False),
                    ("interval_months__isnull", False),
                    ("interval_meter__isnull", False),
                    _connector="OR",
                ),
                name="schedule_has_an_interval",
                violation_error_message="Give at least one interval: days, months or a meter.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("interval_days", None), ("interval_months", None), _connector="OR"),
                name="schedule_counts_days_or_months",
                violation_error_message="Give days or months, not both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("interval_days", None), ("interval_days__gt", 0), _connector="OR"),
                    models.Q(("interval_months", None), ("interval_months__gt", 0), _connector="OR"),
                    models.Q(("interval_meter", None), ("interval_meter__gt", 0), _connector="OR"),
                ),
                name="schedule_intervals_above_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("suppressed_by_schedule", models.F("id")), _negated=True),
                name="schedule_not_done_with_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("meter__in", ["run_hours", "odometer"])), name="schedule_meter_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("anchor__in", ["floating", "fixed"])), name="schedule_anchor_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="pmschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority__in", ["low", "normal", "high", "critical"])),
                name="schedule_priority_known",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(fields=["tenant", "status", "due_date", "id"], name="work_orders_status"),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(fields=["tenant", "asset", "-created_at"], name="work_orders_asset"),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(fields=["tenant", "assigned_to", "status", "due_date"], name="work_orders_person"),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(fields=["tenant", "-created_at", "id"], name="work_orders_order"),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("covered_by__isnull", False)),
                fields=["tenant", "covered_by"],
                name="work_orders_covers",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.UniqueConstraint(fields=("tenant", "number"), name="order_number_once_per_tenant"),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cycle__isnull", False), ("pm_schedule__isnull", False)),
                fields=("tenant", "pm_schedule", "cycle"),
                name="one_order_per_schedule_and_cycle",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("pm_schedule__isnull", False), models.Q(("status__in", ["closed", "cancelled"]), _negated=True)
                ),
                fields=("tenant", "pm_schedule"),
                name="one_open_order_per_schedule",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("asset__isnull", False), ("location__isnull", False), ("station__isnull", False), _connector="OR"
                ),
                name="order_is_for_something",
                violation_error_message="Say what it is for: an asset, a place or a station.",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("pm_schedule", None), ("asset__isnull", False), _connector="OR"),
                name="preventive_order_has_its_asset",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "closed"), ("closed_at", None), _connector="XOR"),
                name="order_closed_at_tells_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["done", "not_done"]), ("status", "closed")),
                    models.Q(("outcome", ""), models.Q(("status", "closed"), _negated=True)),
                    _connector="OR",
                ),
                name="closed_order_has_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hold_reason", ""),
                    models.Q(
                        ("hold_reason__in", ["parts", "access", "shift_end", "review", "other"]),
                        ("status", "in_progress"),
                    ),
                    _connector="OR",
                ),
                name="order_on_hold_is_in_progress",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("down_until", None),
                    models.Q(("down_from__isnull", False), ("down_until__gte", models.F("down_from"))),
                    _connector="OR",
                ),
                name="order_downtime_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["draft", "ready", "in_progress", "closed", "cancelled"])),
                name="order_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["pm", "cm", "defect"])), name="order_origin_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority__in", ["low", "normal", "high", "critical"])), name="order_priority_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("trigger__in", ["date", "meter", "manual", "condition"])),
                name="order_trigger_known",
            ),
        ),
        migrations.AddIndex(
            model_name="pmcredit",
            index=models.Index(fields=["tenant", "work_order"], name="pm_credits_order"),
        ),
        migrations.AddIndex(
            model_name="pmcredit",
            index=models.Index(fields=["tenant", "pm_schedule", "-performed_date"], name="pm_credits_schedule"),
        ),
        migrations.AddConstraint(
            model_name="pmcredit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("tenant", "pm_schedule", "cycle"),
                name="cycle_credited_once",
            ),
        ),
        migrations.AddIndex(
            model_name="coveredcycle",
            index=models.Index(fields=["tenant", "work_order"], name="covered_cycles_order"),
        ),
        migrations.AddIndex(
            model_name="coveredcycle",
            index=models.Index(fields=["tenant", "pm_schedule", "cycle"], name="covered_cycles_schedule"),
        ),
        migrations.AddConstraint(
            model_name="coveredcycle",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)),
                fields=("tenant", "pm_schedule"),
                name="one_open_cover_per_schedule",
            ),
        ),
        migrations.AddIndex(
            model_name="workordertask",
            index=models.Index(fields=["tenant", "work_order", "position"], name="wo_tasks_order"),
        ),
        migrations.AddConstraint(
            model_name="workordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["check", "number", "text", "photo", "meter"])), name="task_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="workordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(("result__in", ["", "pass", "fail", "input", "not_applicable"])),
                name="task_result_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("result", "")),
                    models.Q(models.Q(("result", ""), _negated=True), ("done_at__isnull", False)),
                    _connector="OR",
                ),
                name="task_result_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="workordertask",
            constraint=models.CheckConstraint(
                condition=models.Q(("min", None), ("max", None), ("max__gte", models.F("min")), _connector="OR"),
                name="task_range_not_upside_down",
            ),
        ),
    ]
