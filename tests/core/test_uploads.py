"""Files that people send: what is kept of them, what is refused, and who gets them back."""

import os
import re
import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.test import Client
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from apps.core import uploads
from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.models import Attachment, AuditLog
from apps.core.uploads import attachments_of, clean_name, store_upload
from apps.shopfloor.models import Event
from tests import hostile_files, sweep
from tests.factories import create_attachment, create_person, create_station, create_tenant, photo

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """The folder of this test's files."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def kept(attachment) -> Image.Image:
    with default_storage.open(attachment.storage_key) as file:
        image = Image.open(BytesIO(file.read()))
    image.load()
    return image


def pdf(content=PDF, name="plan.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def send_note(client, station, *photos, text="", **options):
    return client.post(f"/stations/{station.pk}/note/", {"text": text, "photos": photos}, headers=HTMX, **options)


# --- what is kept


def test_a_photo_is_kept_as_a_jpeg_with_a_thumbnail(supervisor, files):
    attachment = store_upload(photo(size=(4000, 3000)), tenant=supervisor.tenant, by=supervisor)

    assert (attachment.content_type, attachment.width, attachment.height) == ("image/jpeg", 2560, 1920)
    assert attachment.name == "IMG_0001.jpg" and attachment.uploaded_by == supervisor
    assert kept(attachment).size == (2560, 1920)
    assert [Image.open(path).size for path in on_disk(files)] == [(320, 240), (2560, 1920)]
    assert attachment.size == default_storage.size(attachment.storage_key)
    assert AuditLog.objects.get(entity_type="attachments").changes.keys() >= {"storage_key", "sha256", "uploaded_by_id"}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_a_picture_is_decides_its_content_not_its_name(tenant, format):
    file = photo(name="invoice.exe", format=format)
    file.content_type = "text/html"

    attachment = store_upload(file, tenant=tenant, by=None)

    assert (attachment.content_type, attachment.name) == ("image/jpeg", "invoice.jpg")
    assert kept(attachment).format == "JPEG"


def test_where_a_photo_was_taken_and_by_which_camera_is_gone(tenant):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "SpyCam", "Model 7"
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 48.0)  # GPS latitude
    file = photo(exif=exif, comment="Jan Kowalski")
    assert dict(Image.open(file).getexif().get_ifd(0x8825))

    attachment = store_upload(file, tenant=tenant, by=None)

    image = kept(attachment)
    assert not image.getexif() and not image.getexif().get_ifd(0x8825)
    assert not {"exif", "comment", "xmp", "icc_profile", "photoshop"} & image.info.keys()
    for path in on_disk(Path(default_storage.location)):
        assert not re.search(rb"SpyCam|Kowalski|Exif", path.read_bytes())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_whichever_way_the_phone_was_held(tenant, orientation):
    upright = Image.new("RGB", (160, 80), "white")
    upright.paste("red", (0, 0, 80, 40))  # the upper left
    turn = Image.Transpose
    as_held = [None, turn.FLIP_LEFT_RIGHT, turn.ROTATE_180, turn.FLIP_TOP_BOTTOM]
    as_held += [turn.TRANSPOSE, turn.ROTATE_90, turn.TRANSVERSE, turn.ROTATE_270]
    in_file = upright.transpose(as_held[orientation - 1]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    written = BytesIO()
    in_file.save(written, "JPEG", exif=exif, quality=95)

    image = kept(store_upload(SimpleUploadedFile("a.jpg", written.getvalue()), tenant=tenant, by=None))

    assert image.size == (160, 80)
    red, white = image.getpixel((20, 20)), image.getpixel((140, 60))
    assert red[0] > 200 and red[1] < 100 and min(white) > 200


def test_orientation_that_makes_no_sense_does_not_matter(tenant):
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"Exif\0\0" + b"MM\0*\0\0\0\x08\xff\xff"):
        written = BytesIO()
        Image.new("RGB", (40, 30)).save(written, "JPEG", exif=exif)
        file = SimpleUploadedFile("a.jpg", written.getvalue())

        assert store_upload(file, tenant=tenant, by=None).width == 40


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_colour_mode_are_read(tenant, mode):
    written = BytesIO()
    colour = {"I;16": 128 * 256, "1": 1}.get(mode)
    source = Image.new(mode, (40, 30), colour) if colour else Image.new("L", (40, 30), 128).convert(mode)
    source.save(written, "JPEG" if mode == "CMYK" else "PNG")

    image = kept(store_upload(SimpleUploadedFile("a.png", written.getvalue()), tenant=tenant, by=None))

    assert image.mode == "RGB"
    expected = 255 if mode == "1" else 128
    assert all(abs(value - expected) < 12 for value in image.getpixel((20, 15)))


def test_what_one_can_see_through_is_white(tenant):
    written = BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(written, "PNG")

    image = kept(store_upload(SimpleUploadedFile("a.png", written.getvalue()), tenant=tenant, by=None))

    assert image.getpixel((20, 15)) == (255, 255, 255)


@pytest.mark.parametrize("profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"no profile"])
def test_colour_profiles_are_followed_or_left(tenant, profile):
    image = kept(store_upload(photo(colour=(200, 100, 50), icc_profile=profile), tenant=tenant, by=None))

    assert all(abs(a - b) < 6 for a, b in zip(image.getpixel((9, 9)), (200, 100, 50), strict=True))
    assert "icc_profile" not in image.info


def test_of_a_moving_picture_the_first_frame_is_kept(tenant):
    written = BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "green")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:], lossless=True)

    image = kept(store_upload(SimpleUploadedFile("a.webp", written.getvalue()), tenant=tenant, by=None))

    assert getattr(image, "n_frames", 1) == 1 and image.getpixel((9, 9))[0] > 200


def test_a_phones_file_of_two_pictures_gives_its_first(tenant):
    written = BytesIO()
    Image.new("RGB", (40, 30), "red").save(
        written, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20), "blue")]
    )

    image = kept(store_upload(SimpleUploadedFile("a.jpg", written.getvalue()), tenant=tenant, by=None))

    assert (image.format, image.size) == ("JPEG", (40, 30))


def test_what_hangs_on_behind_a_picture_is_gone(tenant, files):
    tail = b"<html><script>alert(1)</script></html>PK\x03\x04"
    for file in (photo(), photo(format="PNG", name="a.png")):
        hostile = SimpleUploadedFile(file.name, file.read() + tail)

        store_upload(hostile, tenant=tenant, by=None)

    assert len(on_disk(files)) == 4
    assert not any(b"script" in path.read_bytes() or b"PK\x03" in path.read_bytes() for path in on_disk(files))


def test_what_is_written_in_a_png_is_gone(tenant, files):
    texts = PngInfo()
    texts.add_text("Comment", "<?php system($_GET[0]); ?>")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>Kowalski</x:xmpmeta>")

    store_upload(photo(format="PNG", pnginfo=texts), tenant=tenant, by=None)

    assert not any(re.search(rb"php|Kowalski", path.read_bytes()) for path in on_disk(files))


def test_files_are_their_owners_alone_and_nobody_can_guess_their_names(tenant, files):
    create_attachment(tenant=tenant)

    for path in on_disk(files):
        assert re.fullmatch(r"[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-f]{30}(-small)?\.jpg", str(path.relative_to(files)))
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == files.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.jpg", "x.jpg"),
        ("..\\..\\x.jpg", "x.jpg"),
        ("/etc/passwd", "passwd"),
        ("C:\\fakepath\\Pump  7.JPG", "Pump 7.JPG"),
        ("exe\u202egpj.txt", "exegpj.txt"),
        ("a\x00b\r\nSet-Cookie: x.png", "abSet-Cookie: x.png"),
        ("..", "file"),
        ("", "file"),
        ("x" * 500 + ".jpg", "x" * 100),
        ("\ud800ż.jpg", "ż.jpg"),
    ],
)
def test_a_name_is_only_ever_shown(given, shown):
    assert clean_name(given) == shown


def test_a_path_in_a_name_leads_nowhere(client, supervisor, files):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    body = b'--x\r\nContent-Disposition: form-data; name=photos; filename="../../x.jpg"\r\n\r\n' + photo().read()
    answer = client.generic(
        "POST",
        f"/stations/{station.pk}/note/",
        body + b"\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
        headers=HTMX,
    )

    assert answer.status_code == 200
    assert Attachment.objects.get().name == "x.jpg"
    assert all(path.is_relative_to(files / supervisor.tenant.pk.hex) for path in on_disk(files.parent))


# --- what is refused, and that it costs little


@pytest.mark.parametrize("name", hostile_files.REFUSED)
def test_a_hostile_file_is_refused_with_a_sentence(client, supervisor, files, name):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = send_note(client, station, SimpleUploadedFile(name, hostile_files.REFUSED[name]()))

    assert answer.status_code == 409
    assert re.search(hostile_files.SENTENCES[name], answer.content.decode())
    assert not Attachment.objects.exists() and not Event.objects.exists() and not on_disk(files)


def test_every_form_that_takes_files_refuses_them(plants, client, files):
    plant, tried = plants[0], 0
    client.force_login(create_person(tenant=plant["tenant"], role="admin"))
    taking = [name for name, body in sweep.POSTS.items() if sweep.PHOTO in body.values()]
    for name, parameters in sweep.addresses():
        if name in taking:
            address, body = sweep.at(name, parameters, plant), sweep.fill(sweep.POSTS[name], plant)
            before, on_disk_before = sweep.fingerprint(), on_disk(files)
            for file, content in hostile_files.REFUSED.items():
                sent = {n: SimpleUploadedFile(file, content()) if v == sweep.PHOTO else v for n, v in body.items()}
                answer = client.post(address, sent)
                assert answer.status_code in (409, 422), f"{name} {file}: {answer.status_code}"
                words = f"{hostile_files.SENTENCES[file]}|it does not end as a PDF does"  # where PDFs are welcome
                assert re.search(words, answer.content.decode()), f"{name} {file}"
                tried += 1
            assert (sweep.fingerprint(), on_disk(files)) == (before, on_disk_before), name
    assert tried == len(taking) * len(hostile_files.REFUSED) > 20


def test_no_file_makes_the_server_grow_by_150_megabytes():
    """Each in a process of its own: the hostile ones, and the largest honest ones of each kind."""
    for name, (answer, grown) in hostile_files.measure().items():
        assert grown < 150, f"{name}: {grown:.0f} MB for {answer}"
        honest = name in hostile_files.HONEST
        assert honest == answer.startswith("kept "), f"{name}: {answer}"


def test_a_file_that_is_too_large_is_refused(supervisor, settings):
    settings.UPLOAD_PHOTO_SIZE = 2**20
    file = SimpleUploadedFile("big.jpg", photo().read() + b"\0" * 2**20)

    with pytest.raises(BrokenRule, match="“big.jpg” is 2 MB large; 1 MB are allowed"):
        store_upload(file, tenant=supervisor.tenant, by=supervisor)


def test_a_request_that_is_too_large_is_refused_before_it_is_read(client, supervisor, settings):
    station = create_station(tenant=supervisor.tenant)
    settings.UPLOAD_REQUEST_SIZE, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000, 2_000
    large = SimpleUploadedFile("big.jpg", photo().read() + b"\0" * 30_000)
    address = f"/stations/{station.pk}/note/"

    of_a_stranger = client.post(address, {"photos": [SimpleUploadedFile("a.jpg", b"x" * 3_000)]})
    client.force_login(supervisor)
    small = send_note(client, station, photo())
    too_large = send_note(client, station, large)
    no_files = client.post(address, "text=" + "x" * 3_000, "application/x-www-form-urlencoded")

    assert small.status_code == 200
    assert too_large["HX-Retarget"] == "#notices"
    for answer in (of_a_stranger, too_large, no_files):
        assert answer.status_code == 413 and b"too much at once" in answer.content
    assert Event.objects.count() == 1


def test_a_full_disk_is_a_sentence_and_leaves_no_half_file(supervisor, files, monkeypatch):
    files.mkdir()
    (files / supervisor.tenant.pk.hex).write_bytes(b"")  # a file where the folder would be

    with pytest.raises(BrokenRule, match="could not store the file"):
        create_attachment(tenant=supervisor.tenant)

    assert not Attachment.objects.exists()


def test_two_pictures_are_read_at_a_time(monkeypatch, tenant):
    from apps.core import pictures

    monkeypatch.setattr(pictures, "WAIT", 0.01)
    with pictures.PLACES, pictures.PLACES, pytest.raises(BrokenRule, match="Many pictures"):
        create_attachment(tenant=tenant)
    create_attachment(tenant=tenant)


# --- PDFs


def test_a_pdf_is_kept_as_it_is_where_it_is_welcome(tenant, client, operator):
    attachment = create_attachment(tenant=tenant, file=pdf(name="Plan ż “7”.pdf"), pdf=True)
    client.force_login(operator)

    answer = client.get(f"/files/{attachment.pk}/")

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Plan%20%C5%BC")
    assert client.get(f"/files/{attachment.pk}/thumbnail/").status_code == 404


def test_a_pdf_from_a_temporary_file_survives_a_second_try(tenant):
    from django.core.files.uploadedfile import TemporaryUploadedFile

    with TemporaryUploadedFile("plan.pdf", "application/pdf", len(PDF), None) as file:
        file.write(PDF)
        for _ in range(2):  # TenantTransaction tries a whole request again
            attachment = create_attachment(tenant=tenant, file=file, pdf=True)
            assert default_storage.open(attachment.storage_key).read() == PDF


@pytest.mark.parametrize(
    "content",
    [
        PDF[:-12],
        b"\0" * 5 + PDF,
        b"GIF89a" + PDF,
        PDF + b"PK\x03\x04" + b"\0" * 4096,
        PDF + b"PK\x03\x04short",
        b"<html>" + PDF,
    ],
    ids=["truncated", "later", "gif", "zip behind", "short zip behind", "html before"],
)
def test_what_does_not_begin_and_end_as_a_pdf_is_none(tenant, content):
    with pytest.raises(BrokenRule):
        create_attachment(tenant=tenant, file=pdf(content), pdf=True)


def test_a_pdf_is_no_photo(tenant):
    with pytest.raises(BrokenRule, match=r"“plan.pdf” is not a picture \(JPEG, PNG or WEBP\)"):
        create_attachment(tenant=tenant, file=pdf())


# --- given back


def test_a_picture_is_shown_with_headers_that_let_it_do_nothing(client, operator):
    attachment = create_attachment(tenant=operator.tenant)
    client.force_login(operator)

    for address in (f"/files/{attachment.pk}/", f"/files/{attachment.pk}/thumbnail/"):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})

        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Content-Disposition"] == 'inline; filename="IMG_0001.jpg"'
        assert answer["Cache-Control"].startswith("private,") and "immutable" in answer["Cache-Control"]
        assert "Content-Encoding" not in answer
        assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"])


def test_what_the_browser_has_is_not_sent_again(client, operator):
    attachment = create_attachment(tenant=operator.tenant)
    client.force_login(operator)
    etag = client.get(f"/files/{attachment.pk}/")["ETag"]

    answer = client.get(f"/files/{attachment.pk}/", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert client.get(f"/files/{attachment.pk}/thumbnail/", headers={"If-None-Match": etag}).status_code == 200
    assert client.head(f"/files/{attachment.pk}/").status_code == 200


def test_another_tenants_file_is_not_there(client, operator):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_attachment(tenant=other)
    client.force_login(operator)

    assert client.get(f"/files/{theirs.pk}/").status_code == 404
    assert client.get(f"/files/{theirs.pk}/thumbnail/").status_code == 404
    assert client.get(f"/files/{theirs.pk}/", headers={"If-None-Match": "*"}).status_code == 404


def test_a_file_that_has_gone_from_the_disk_is_not_there_and_the_log_says_so(client, operator, caplog):
    attachment = create_attachment(tenant=operator.tenant)
    default_storage.delete(attachment.storage_key)
    client.force_login(operator)

    assert client.get(f"/files/{attachment.pk}/").status_code == 404
    assert str(attachment.pk) in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [{"width": None}, {"content_type": "text/html"}, {"height": 0}, {"entity_type": "events_log"}],
)
def test_the_database_refuses_what_is_neither_picture_nor_pdf(tenant, wrong):
    attachment = create_attachment(tenant=tenant)
    for name, value in wrong.items():
        setattr(attachment, name, value)

    with pytest.raises(IntegrityError), transaction.atomic():
        attachment.save()


# --- notes with photos


def test_a_note_may_be_photos_alone(client, operator):
    station = create_station(tenant=operator.tenant)
    client.force_login(operator)

    answer = send_note(client, station, photo(), photo(name="b.png", format="PNG"))

    assert answer.status_code == 200
    event = Event.objects.get()
    photos = attachments_of([event])[event.pk]
    assert event.payload == {"note": "", "photos": [str(one.pk) for one in photos]}
    assert [one.name for one in photos] == ["IMG_0001.jpg", "b.jpg"]
    for page in ("/activity/", f"/stations/{station.pk}/"):
        html = client.get(page).content.decode()
        assert "2 photos" in html
        assert all(f"/files/{one.pk}/thumbnail/" in html and f'href="/files/{one.pk}/"' in html for one in photos)


def test_a_jobs_story_shows_the_photos_of_its_notes(client, operator):
    from tests.factories import create_job

    station = create_station(tenant=operator.tenant)
    job = create_job(tenant=operator.tenant, on=station)
    client.force_login(operator)
    send_note(client, station, photo(), text="Crack at the corner")

    html = client.get(f"/jobs/{job.pk}/").content.decode()

    assert "Crack at the corner · 1 photo" in html and "/thumbnail/" in html


def test_a_note_needs_a_word_or_a_photo_and_takes_four(client, operator):
    station = create_station(tenant=operator.tenant)
    client.force_login(operator)

    assert send_note(client, station).status_code == 422
    five = send_note(client, station, *[photo(name=f"{n}.jpg") for n in range(5)])
    assert five.status_code == 409 and b"At most 4 photos" in five.content
    assert not Event.objects.exists()


def test_a_bad_photo_among_good_ones_refuses_the_note(client, operator):
    station = create_station(tenant=operator.tenant)
    client.force_login(operator)

    answer = send_note(client, station, photo(), SimpleUploadedFile("b.jpg", b"\xff\xd8\xff nonsense"), text="Look")

    assert answer.status_code == 409 and answer["HX-Retarget"] == "#notices"
    assert "“b.jpg” is damaged" in answer.content.decode()
    assert not Event.objects.exists() and not Attachment.objects.exists()


def test_photos_that_came_with_loaded_events_are_not_looked_for(client, operator):
    station = create_station(tenant=operator.tenant)
    for photos in (["0190-not-a-key"], 7, None, [{}]):
        Event.objects.create(
            tenant=operator.tenant, event_type="note", station=station, payload={"note": "x", "photos": photos}
        )
    client.force_login(operator)

    for page in ("/activity/", f"/stations/{station.pk}/", "/activity.csv"):
        assert client.get(page).status_code == 200


def test_the_same_press_with_other_photos_is_another(client, operator):
    station = create_station(tenant=operator.tenant)
    client.force_login(operator)
    red, blue = (photo(colour=colour).read() for colour in ("red", "blue"))
    assert len(red) == len(blue)  # or names and sizes would tell

    def send(*contents):
        files = [SimpleUploadedFile("a.jpg", content) for content in contents]
        return client.post(
            f"/stations/{station.pk}/note/", {"photos": files, "request_key": "k1"}, headers=HTMX
        ).status_code

    assert send(red, red) == 200
    assert send(blue, red) == 422
    assert send(red, red) == 200
    assert Event.objects.count() == 1 and Attachment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_press_sent_twice_at_once_is_one_note():
    tenant = create_tenant()
    with tenant_context(tenant):
        station, person = create_station(tenant=tenant), create_person(tenant=tenant)
    content, barrier, answers = photo(size=(2000, 1500)).read(), threading.Barrier(2), []

    def press():
        client = Client()
        client.force_login(person)
        barrier.wait()
        file = SimpleUploadedFile("a.jpg", content)
        answers.append(
            client.post(f"/stations/{station.pk}/note/", {"photos": [file], "request_key": "k1"}, headers=HTMX)
        )
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted("Idempotent-Replay" in answer for answer in answers) == [False, True]
    with tenant_context(tenant):
        assert Attachment.objects.count() == Event.objects.count() == 1


# --- what a rolled-back request leaves


def age(path, **span):
    moment = path.stat().st_mtime - timedelta(**span).total_seconds()
    os.utime(path, (moment, moment))


@pytest.mark.django_db(transaction=True)
def test_orphans_are_removed_after_a_day_and_nothing_else(files, capsys):
    tenant, stranger = create_tenant(), files / ("ab" * 16) / "cd" / "ef.jpg"
    with tenant_context(tenant):
        station, person = create_station(tenant=tenant), create_person(tenant=tenant)
        create_attachment(tenant=tenant)
        create_attachment(tenant=tenant, file=pdf(), pdf=True)
    belongs = set(on_disk(files))
    client = Client()
    client.force_login(person)
    send_note(client, station, photo(), SimpleUploadedFile("b.jpg", b"nonsense"))
    orphans = set(on_disk(files)) - belongs
    assert len(orphans) == 2  # a picture and its thumbnail, of a request that was refused

    call_command("forget_orphan_files")
    assert orphans < set(on_disk(files))  # the request may still be under way

    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"another database's")
    for path in on_disk(files):
        age(path, days=2)
    call_command("forget_orphan_files")

    assert set(on_disk(files)) == belongs | {stranger}
    assert "2 orphan files removed." in capsys.readouterr().out


def test_without_files_there_are_no_orphans(tenant):
    assert uploads.forget_orphans() == 0


def test_a_copy_is_another_rows_and_stays_when_the_first_is_removed(tenant, files):
    first, second = create_station(tenant=tenant), create_station(tenant=tenant)
    picture = create_attachment(tenant=tenant, file=photo(size=(300, 200)))
    paper = store_upload(pdf(), tenant=tenant, by=None, pdf=True)
    uploads.attach([picture, paper], first)

    uploads.copy_uploads(attachments_of([first])[first.pk], second)
    for row in (picture, paper):
        default_storage.delete(row.storage_key)
        row.delete()

    copies = attachments_of([second])[second.pk]
    assert [(row.name, row.sha256) for row in copies] == [(row.name, row.sha256) for row in (picture, paper)]
    assert kept(copies[0]).size == (300, 200) and default_storage.exists(copies[0].thumbnail_key)
    with default_storage.open(copies[1].storage_key) as file:
        assert file.read() == PDF
