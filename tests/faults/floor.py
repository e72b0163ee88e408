"""A plant at work: people who press, keep a book of what they were answered, and send again what was not answered."""

import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import requests

from tests.faults.product import Product, until
from tests.faults.seed import PASSWORD

PATIENCE = 90  # seconds until a press must have been answered
FAILURES = ("Traceback", "<title>Server Error", "Internal Server Error", "Something went wrong")


class Person:
    """Somebody signed in over HTTP. `book` counts what was answered; `nonsense` is what nobody should have been told."""

    def __init__(self, product: Product, email: str):
        self.address = product.address.rstrip("/")
        self.stations = product.stations
        self.email = email
        self.session = requests.Session()
        self.session.headers["HX-Request"] = "true"
        self.nonsense: list[str] = []
        self.book: Counter = Counter()
        self.sign_in()

    def sign_in(self):
        self.session.get(f"{self.address}/sign-in/", timeout=30)
        words = {"username": self.email, "password": PASSWORD, "csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        answer = self.session.post(f"{self.address}/sign-in/", words, timeout=30, allow_redirects=False)
        assert answer.status_code == 302, answer.text

    def get(self, path, **options):
        return self.read(self.session.get(self.address + path, timeout=30, allow_redirects=False, **options))

    def post(self, path, **data):
        token = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        answer = self.session.post(self.address + path, data, headers=token, timeout=30, allow_redirects=False)
        return self.read(answer)

    def note(self):
        """One press more, that stands in nobody's book."""
        return self.post(f"/stations/{self.stations[0]}/note/", text="Is it there again?")

    def read(self, answer):
        """Take note of an answer: done, or one sentence that says to try again."""
        self.book[answer.status_code] += 1
        asks_again = answer.status_code in (503, 507) and re.search(r"<p>[^<]*\b(again)\b[^<]*</p>", answer.text)
        if not (answer.status_code in (200, 204) or asks_again) or any(word in answer.text for word in FAILURES):
            where = answer.headers.get("Location") or answer.headers.get("HX-Redirect", "")
            self.nonsense.append(f"{answer.status_code} {where} {answer.text[:300]}")
        return answer


@dataclass
class Press:
    """One press: what it asks for under which key, and how it was answered in the end."""

    key: str
    path: str
    data: dict
    tries: int = 0
    request: str = ""  # the id of the request that did it; empty where only a repetition was answered
    is_repetition: bool = False


@dataclass
class Load:
    """People pressing at once, for as long as the `with` lasts; what is unanswered at its end is pressed until it is."""

    product: Product
    name: str
    pressed: list[Press] = field(default_factory=list)  # answered, with success
    broken: int = 0  # connections that ended without an answer
    stopped: bool = False
    failures: list[str] = field(default_factory=list)

    def __enter__(self):
        self.people = [Person(self.product, email) for email in self.product.people]
        self.onlooker = Person(self.product, self.product.people[0])
        self.follower = Follower(self.product, Person(self.product, self.product.people[-1]))
        self.statuses = {key: status for key, (status, *_) in self.follower.truth().items()}
        self.threads = [threading.Thread(target=self._work, args=[n], daemon=True) for n in range(len(self.people))]
        for thread in self.threads:
            thread.start()
        self.wait_for(30)
        return self

    def rest(self):
        """Nobody presses any more, and every press is answered."""
        self.stopped = True
        for thread in self.threads:
            thread.join(PATIENCE + 40)

    def __exit__(self, kind, *_):
        self.rest()
        if kind is None:
            assert not self.failures, self.failures
            self.follower.catch_up()
        self.follower.stop()

    def wait_for(self, number: int) -> None:
        """Until so many presses more were answered."""
        goal = len(self.pressed) + number
        until(lambda: len(self.pressed) >= goal or self.failures, 60)

    def _work(self, n):
        person, station = self.people[n], self.product.stations[n % len(self.product.stations)]
        number = 0
        try:
            while not self.stopped:
                number += 1
                key = f"{self.name}-{n}-{number}"
                if number % 4 == 0 and n < len(self.product.stations):
                    status = self.statuses[station] = "running" if self.statuses[station] == "idle" else "idle"
                    press = Press(key, f"/stations/{station}/status/", {"status": status, "note": key})
                else:
                    press = Press(key, f"/stations/{station}/report/", {"good": "1", "note": key})
                self._press(person, press)
        except Exception as failure:  # noqa: BLE001, the test shows it
            self.failures.append(f"{type(failure).__name__}: {failure}")

    def press_once(self):
        """One press more, by one person: a station changes."""
        self._press(
            self.people[0],
            Press(
                f"{self.name}-last",
                f"/stations/{self.product.stations[0]}/report/",
                {"good": "1", "note": f"{self.name}-last"},
            ),
        )

    def _press(self, person, press):
        """As a page does it: where there was no answer, the same once more, under the same key."""
        end = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < end, f"{press.key} was not answered"
            press.tries += 1
            try:
                answer = person.post(press.path, **press.data, request_key=press.key)
            except requests.RequestException:
                self.broken += 1
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                break
            assert answer.status_code in (503, 507), f"{answer.status_code}: {answer.text[:500]}"
            time.sleep(0.2)
        press.is_repetition = answer.headers.get("Idempotent-Replay") == "true"
        if not press.is_repetition:
            press.request = answer.headers["X-Request-ID"]
        self.pressed.append(press)

    @property
    def book(self) -> Counter:
        return sum((person.book for person in [*self.people, self.onlooker, self.follower.person]), Counter())

    @property
    def nonsense(self) -> list[str]:
        everybody = [*self.people, self.onlooker, self.follower.person]
        return [word for person in everybody for word in person.nonsense]


class Follower:
    """A board that stays open: it reads again what the stream tells it, and nothing else."""

    def __init__(self, product, person):
        self.product, self.person = product, person
        self.told: set[str] = set(product.stations)  # the page as it was rendered
        self.news = threading.Event()
        self.news.set()
        self.seen: dict[str, tuple] = {}
        self.last = ""
        self.reconnections = -1
        self.is_stopped = False
        self.response = None
        for work in (self._listen, self._read):
            threading.Thread(target=work, daemon=True).start()
        until(lambda: self.last)

    def _listen(self):
        while not self.is_stopped:
            try:
                headers = {"Last-Event-ID": self.last} if self.last else {}
                with self.person.session.get(
                    f"{self.person.address}/board/stream/", headers=headers, stream=True, timeout=(5, 20)
                ) as self.response:
                    if self.response.status_code == 200:
                        self._hear(self.response)
                    elif self.response.status_code != 503:
                        self.person.nonsense.append(f"the stream: {self.response.status_code}")
            except (requests.RequestException, AttributeError):  # cut off; the latter is urllib3's when we close it
                pass
            time.sleep(0.2)  # `retry:` of a browser, in short

    def _hear(self, response):
        message = {}
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            name, _, value = line.partition(": ")
            if line:
                message[name] = value
                continue
            if message.get("event") == "ready":
                self.reconnections += 1
            elif message.get("event") == "reload":
                self.told |= set(self.product.stations)
            elif message.get("event") == "board":
                self.told |= set(json.loads(message["data"])["stations"])
            self.last = message.get("id", self.last)
            self.news.set()
            message = {}

    def _read(self):
        while not self.is_stopped:
            self.news.wait(1)
            self.news.clear()
            asked, self.told = self.told, set()
            if not asked:
                continue
            try:
                answer = self.person.get("/board/tiles/", params={"id": sorted(asked), "line": ""})
            except requests.RequestException:
                answer = None
            if answer is None or answer.status_code != 200:
                self.told |= asked
                self.news.set()
                time.sleep(0.2)
                continue
            self.seen |= tiles(answer.text)

    def truth(self) -> dict[str, tuple]:
        rows = self.product.ask(
            "select s.id::text, s.status, s.version, sum(a.qty_done) from stations s "
            "join station_assignments a on a.station_id = s.id where s.tenant_id = %s group by 1, 2, 3",
            self.product.tenant,
        )
        return {key: (status, version, int(done)) for key, status, version, done in rows}

    def catch_up(self):
        """It shows what is, though nobody presses any more: no change was left untold."""
        until(lambda: self.seen == self.truth(), 15, every=0.1)

    def stop(self):
        self.is_stopped = True


def tiles(html) -> dict[str, tuple]:
    """What a board's tiles show: {station: (status, version, units done)}."""
    found = {}
    for text in html.split("<article ")[1:]:
        key, status = re.search(r'id="t-([\w-]+)" data-status="(\w+)"', text).groups()
        version = re.search(r'name="seen" value="(\d+)"', text)[1]
        found[key] = (status, int(version), int(re.search(r'class="count">([\d,. ]+)<', text)[1]))
    return found
