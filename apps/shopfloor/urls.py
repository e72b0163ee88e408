"""The shop floor's addresses."""

from django.urls import path

from apps.core.list_files import files
from apps.shopfloor import urls_jobs
from apps.shopfloor.views import assets, board, calls, own_station, performance, stations, terminals, walls

app_name = "shopfloor"
urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/tiles/", board.board_tiles, name="board_tiles"),
    path("board/changes/", board.board_changes, name="board_changes"),
    path("board/tv/", walls.walls, name="walls"),
    *files("board/tv/", walls.walls_file, "walls"),
    path("board/tv/<str:token>/", walls.wall, name="wall"),
    path("performance/", performance.performance, name="performance"),
    path("performance/pdf/", performance.performance_pdf, name="performance_pdf"),
    *files("performance/", performance.performance_file, "performance"),
    path("queue/", board.queue, name="queue"),
    path("queue/<uuid:pk>/", board.queue_job, name="queue_job"),
    path("queue/<uuid:pk>/move/", board.queue_move, name="queue_move"),
    path("stations/<uuid:pk>/", stations.station_detail, name="station_detail"),
    path("stations/<uuid:pk>/menu/", stations.station_menu, name="station_menu"),
    path("stations/<uuid:pk>/status/", stations.station_status, name="station_status"),
    path("stations/<uuid:pk>/report/", stations.station_report, name="station_report"),
    path("stations/<uuid:pk>/scrap/", stations.station_scrap, name="station_scrap"),
    path("stations/<uuid:pk>/assign/", stations.station_assign, name="station_assign"),
    path("stations/<uuid:pk>/reassign/", stations.station_reassign, name="station_reassign"),
    path("stations/<uuid:pk>/take-off/", stations.station_take_off, name="station_take_off"),
    path("stations/<uuid:pk>/complete/", stations.station_complete, name="station_complete"),
    path("stations/<uuid:pk>/call/", stations.station_call, name="station_call"),
    path("stations/<uuid:pk>/note/", stations.station_note, name="station_note"),
    path("stations/<uuid:pk>/undo/", stations.station_undo, name="station_undo"),
    path("stations/<uuid:pk>/correct/", stations.station_correct, name="station_correct"),
    path("assets/<uuid:pk>/stations/", assets.asset_stations, name="asset_stations"),
    path("calls/<uuid:pk>/acknowledge/", calls.call_acknowledge, name="call_acknowledge"),
    path("calls/<uuid:pk>/resolve/", calls.call_resolve, name="call_resolve"),
    path("calls/<uuid:pk>/cancel/", calls.call_cancel, name="call_cancel"),
    path("events/<uuid:pk>/undo/", stations.event_undo, name="event_undo"),
    path("events/<uuid:pk>/reason/", stations.stop_reason, name="stop_reason"),
    path("terminal/", terminals.terminal, name="terminal"),
    path("terminal/people/<uuid:pk>/", terminals.terminal_pin, name="terminal_pin"),
    path("terminal/<uuid:pk>/", own_station.terminal_station, name="terminal_station"),
    path("terminal/<uuid:pk>/hand-over/", own_station.terminal_hand_over, name="terminal_hand_over"),
    path("my-station/", own_station.my_station, name="my_station"),
    path("terminals/", terminals.terminals, name="terminals"),
    *files("terminals/", terminals.terminals_file, "terminals"),
    path("terminals/<uuid:pk>/revoke/", terminals.device_revoke, name="device_revoke"),
    *urls_jobs.urlpatterns,
]
