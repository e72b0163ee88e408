"""Jobs and the activity feed; shopfloor/urls.py takes them in."""

from django.urls import path

from apps.shopfloor.views import activity, jobs

urlpatterns = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs.csv", jobs.jobs_file, {"kind": "csv"}, name="jobs_csv"),
    path("jobs.xlsx", jobs.jobs_file, {"kind": "xlsx"}, name="jobs_xlsx"),
    path("jobs/new/", jobs.job_new, name="job_new"),
    path("jobs/paste/", jobs.jobs_paste, name="jobs_paste"),
    path("jobs/<uuid:pk>/", jobs.job_detail, name="job_detail"),
    path("jobs/<uuid:pk>/card.pdf", jobs.job_card, name="job_card"),
    path("jobs/<uuid:pk>/change/", jobs.job_change, name="job_change"),
    path("jobs/<uuid:pk>/copy/", jobs.job_copy, name="job_copy"),
    path("jobs/<uuid:pk>/rank/", jobs.job_rank, name="job_rank"),
    path("jobs/<uuid:pk>/end/", jobs.job_end, name="job_end"),
    path("jobs/<uuid:pk>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("jobs/<uuid:pk>/reopen/", jobs.job_reopen, name="job_reopen"),
    path("activity/", activity.activity, name="activity"),
    path("activity.csv", activity.activity_file, {"kind": "csv"}, name="activity_csv"),
    path("activity.xlsx", activity.activity_file, {"kind": "xlsx"}, name="activity_xlsx"),
]
