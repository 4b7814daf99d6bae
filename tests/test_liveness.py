"""Asking vendors whether a secret still works; all servers are on this machine."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from occ_audit import liveness
from occ_audit.errors import AuditError
from occ_audit.liveness import (
    Answer,
    Checker,
    Credential,
    NoAnswerError,
    Reply,
    State,
    _web,
    supabase,
)
from occ_audit.templates import expand
from tests import repos
from tests.scans import leak, run, token

REF = "lumenlumen" * 2
SHOP = "lumen-goods-271.myshopify.com"
NEARBY = {"shopify-shop": (SHOP,), "supabase-project-url": (f"https://{REF}.supabase.co",)}
GOOGLE = {"opens": "robot@sample-1.iam.gserviceaccount.com", "key_id": "ab" * 20}
LIVE, DEAD, UNKNOWN = State.LIVE, State.DEAD, State.UNKNOWN


@dataclass
class Asked:
    """Answers as told, and keeps what it was asked."""

    reply: Reply
    seen: list[tuple[str, str, str, Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self, base: str, path: str, headers: Mapping[str, str], *, method: str = "GET"
    ) -> Reply:
        self.seen.append((method, base, path, headers))
        return self.reply


def credential(rule: str, value: str = "v" * 40, **facts: str) -> Credential:
    return Credential(rule, value.encode(), facts, NEARBY)


def answer(one: Credential, reply: Reply) -> tuple[Answer, Asked]:
    from occ_audit import plugins

    ask = Asked(reply)
    module = plugins.load(liveness, liveness.vendor_of(one.rule_id))
    return module.check(one, ask), ask


# What is asked of whom


SUPABASE_KEY = expand("{supabase_secret:" + REF + "}", "liveness")
REQUESTS = [
    ("github-personal-access-token", {}, "https://api.github.com/user"),
    (
        "github-app-installation-jwt",
        {},
        "https://api.github.com/installation/repositories?per_page=1",
    ),
    ("fly-token", {}, "https://api.machines.dev/v1/apps?org_slug="),
    ("slack-bot-token", {}, "https://slack.com/api/auth.test"),
    ("shopify-admin-token", {}, f"https://{SHOP}/admin/oauth/access_scopes.json"),
    ("supabase-access-token", {}, "https://api.supabase.com/v1/projects"),
    (
        "supabase-jwt-key",
        {"opens": f"https://{REF}.supabase.co"},
        f"https://{REF}.supabase.co/rest/v1/",
    ),
    (
        "google-service-account-key",
        GOOGLE,
        "https://www.googleapis.com/robot/v1/metadata/x509/"
        "robot%40sample-1.iam.gserviceaccount.com",
    ),
    ("chatwoot-access-token", {}, "/api/v1/profile"),
]


@pytest.mark.parametrize(("rule", "facts", "url"), REQUESTS)
def test_one_request_goes_to_the_host_that_the_secret_belongs_to(
    rule: str, facts: dict[str, str], url: str
) -> None:
    _, ask = answer(credential(rule, **facts), Reply(500))
    [(method, base, path, headers)] = ask.seen
    assert base + path == url
    assert method == ("POST" if rule.startswith("slack") else "GET")
    sent = any("v" * 40 in value for value in headers.values())
    assert sent == (not rule.startswith("google")), "of Google's keys only the account is named"
    assert "v" * 40 not in base + path


@pytest.mark.parametrize(("rule", "facts", "url"), REQUESTS)
@pytest.mark.parametrize("status", [302, 403, 418, 429, 500, 503])
def test_what_does_not_decide_is_unknown(
    rule: str, facts: dict[str, str], url: str, status: int
) -> None:
    found, _ = answer(credential(rule, **facts), Reply(status, b'{"ok": true}'))
    assert found == Answer(UNKNOWN, f"HTTP {status}")


@pytest.mark.parametrize(
    "rule", [rule for rule, *_ in REQUESTS if not rule.startswith(("slack", "google"))]
)
def test_200_and_401(rule: str) -> None:
    facts = {"opens": f"https://{REF}.supabase.co"}
    assert answer(credential(rule, **facts), Reply(200))[0] == Answer(LIVE, "HTTP 200")
    assert answer(credential(rule, **facts), Reply(401))[0] == Answer(DEAD, "HTTP 401")


def test_fly_answers_400_to_a_valid_token() -> None:
    assert answer(credential("fly-token"), Reply(400))[0].state is LIVE


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ('{"ok": true, "team": "x"}', LIVE),
        ('{"ok": false, "error": "invalid_auth"}', DEAD),
        ('{"ok": false, "error": "token_revoked"}', DEAD),
        ('{"ok": false, "error": "account_inactive"}', DEAD),
        ('{"ok": false, "error": "ratelimited"}', UNKNOWN),
        ('{"ok": 1}', UNKNOWN),
        ("[" * 60_000, UNKNOWN),
        ("<html>", UNKNOWN),
    ],
)
def test_slack_answers_in_the_text(body: str, state: State) -> None:
    found, _ = answer(credential("slack-bot-token"), Reply(200, body.encode()))
    assert found.state is state
    assert found.reason in {"ok", "invalid_auth", "token_revoked", "account_inactive"} | {
        "another error"
    }


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(200, json.dumps({"ab" * 20: "a certificate"}).encode()), LIVE),
        (Reply(200, json.dumps({"cd" * 20: "a certificate"}).encode()), DEAD),
        (Reply(404), DEAD),
        (Reply(200, b"[]"), UNKNOWN),
        (Reply(200, b"cut {"), UNKNOWN),
    ],
)
def test_google_lists_the_keys_of_an_account(reply: Reply, state: State) -> None:
    assert answer(credential("google-service-account-key", **GOOGLE), reply)[0].state is state


def test_without_account_or_key_id_google_is_not_asked() -> None:
    with pytest.raises(NoAnswerError, match="does not stand next to it"):
        answer(credential("google-service-account-key", opens="a@b"), Reply(200))


def test_supabase_keys_go_to_their_own_project_alone() -> None:
    _, ask = answer(credential("supabase-secret-key", SUPABASE_KEY), Reply(200))
    assert ask.seen[0][1:] == (
        f"https://{REF}.supabase.co",
        "/rest/v1/",
        {"apikey": SUPABASE_KEY},
    )
    other = Credential(
        "supabase-secret-key",
        SUPABASE_KEY.encode(),
        {"opens": "https://evil.example"},
        {supabase.PROJECTS: (f"https://{'z' * 20}.supabase.co",)},
    )
    assert answer(other, Reply(200))[1].seen[0][1] == "", "only the user may say whose it is"
    guessed = {"opens": f"https://{REF}.supabase.co", "opens_by": "nearby"}
    near = Credential("supabase-jwt-key", b"x" * 9, guessed)
    assert answer(near, Reply(200))[1].seen[0][1] == "", "nearness is no proof"


def test_a_shopify_token_is_not_tried_at_several_shops() -> None:
    shops = {"shopify-shop": (SHOP, "other-goods-5.myshopify.com")}
    _, ask = answer(Credential("shopify-admin-token", b"x" * 9, {}, shops), Reply(200))
    assert ask.seen[0][1] == ""


def test_what_no_header_may_hold_is_not_sent() -> None:
    with pytest.raises(NoAnswerError, match="characters that no header may hold"):
        answer(credential("github-oauth-token", "a\r\nHost: evil"), Reply(200))


# How it is asked


Handle = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A web server on this machine."""

    url: str
    seen: list[tuple[str, dict[str, str]]]


@pytest.fixture
def serve() -> Iterator[Callable[[Handle], Server]]:
    running: list[ThreadingHTTPServer] = []

    def start(handle: Handle, tls: ssl.SSLContext | None = None) -> Server:
        seen: list[tuple[str, dict[str, str]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.path, dict(self.headers)))
                handle(self)

            def log_message(self, *arguments: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        scheme = "https" if tls else "http"
        return Server(f"{scheme}://127.0.0.1:{server.server_address[1]}", seen)

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def status(code: int, body: bytes = b"", **headers: str) -> Handle:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


def ask(url: str, seconds: float = 5.0) -> Reply:
    return _web.Web(url, seconds)("", "/user", {"Authorization": "Bearer invented"})


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_request_says_who_asks(serve: Callable[[Handle], Server]) -> None:
    server = serve(status(200, b"body"))
    assert ask(server.url) == Reply(200, b"body")
    [(path, headers)] = server.seen
    assert path == "/user"
    assert headers["Authorization"] == "Bearer invented"
    assert headers["User-Agent"].startswith("occ-audit/")


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_are_not_followed(serve: Callable[[Handle], Server], code: int) -> None:
    other = serve(status(200))
    server = serve(status(code, Location=f"{other.url}/user"))
    assert ask(server.url).status == code
    assert other.seen == []


def test_the_proxy_of_the_environment_is_used(
    serve: Callable[[Handle], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(status(401))
    monkeypatch.setenv("http_proxy", proxy.url)
    assert ask("http://127.0.0.9:9").status == 401
    assert proxy.seen[0][0] == "http://127.0.0.9:9/user"
    monkeypatch.setenv("no_proxy", "127.0.0.9")
    with pytest.raises(NoAnswerError, match="connection refused"):
        ask("http://127.0.0.9:9")


def test_a_reply_is_read_in_part(serve: Callable[[Handle], Server]) -> None:
    server = serve(status(200, b"x" * 1_000_000))
    assert len(ask(server.url).body) == 65_536


def test_failures_have_a_class(
    serve: Callable[[Handle], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswerError, match=r"^connection refused$"):
            ask(f"http://127.0.0.1:{taken.getsockname()[1]}")
    silent = serve(lambda request: time.sleep(0.5))
    with pytest.raises(NoAnswerError, match=r"^timeout$"):
        ask(silent.url, 0.05)
    garbled = serve(lambda request: request.wfile.write(b"\0" * 99))
    with pytest.raises(NoAnswerError, match=r"^no connection$"):
        ask(garbled.url)

    def nowhere(*arguments: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(NoAnswerError, match=r"^its host has no address$"):
        ask("https://nowhere.invalid")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate for 127.0.0.1 that nobody trusts, and its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make a certificate")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file)),
            *("-out", str(file.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


def test_certificates_are_verified(
    serve: Callable[..., Server], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = serve(status(200), tls)
    with pytest.raises(NoAnswerError, match=r"^its certificate is not trusted$"):
        ask(server.url)
    assert server.seen == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    assert ask(server.url).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org",
        "https://",
        "ftp://127.0.0.1",
        "https://ana:pw@git.example.org",
        "https://git.example.org/?x=",
        "https://[::1",
        "file:///etc/passwd",
    ],
)
def test_an_endpoint_is_https_or_of_this_machine(url: str) -> None:
    with pytest.raises(AuditError, match="no address to send a credential to"):
        _web.checked_endpoint(url)


# Without haste, without end and without a word too much


def checker(serve: Callable[[str], object], **options: object) -> Checker:
    slept: list[float] = []
    made = Checker(serve, sleep=slept.append, **options)  # type: ignore[arg-type]
    made.slept = slept  # type: ignore[attr-defined]
    return made


def test_one_vendor_is_not_hurried() -> None:
    made = checker(lambda name: Asked(Reply(200)), pace=3.0)
    for rule in ("github-oauth-token", "fly-token", "github-oauth-token"):
        assert made.check(credential(rule)) is not None
    assert [round(seconds) for seconds in made.slept] == [0, 0, 3]  # type: ignore[attr-defined]


def test_a_vendor_that_wants_fewer_requests_gets_none() -> None:
    asked = Asked(Reply(429))
    made = checker(lambda name: asked)
    answers = [made.check(credential("github-oauth-token")) for _ in range(3)]
    assert [one.state for one in answers if one] == [UNKNOWN] * 3
    assert len(asked.seen) == 1


def test_no_error_tells_the_secret() -> None:
    def broken(base: str, path: str, headers: Mapping[str, str], *, method: str = "") -> Reply:
        raise ValueError(f"invalid header {headers}")

    found = checker(lambda name: broken).check(credential("github-oauth-token"))
    assert found is not None
    assert (found.state, found.reason) == (UNKNOWN, "the check failed: ValueError")


def test_whatever_hangs_is_left_behind() -> None:
    never = threading.Event()
    made = checker(lambda name: lambda *a, **m: never.wait(), deadline=0.05)
    found = made.check(credential("github-oauth-token"))
    assert found is not None
    assert (found.state, found.reason) == (UNKNOWN, "timeout")
    never.set()


def test_nobody_is_asked_about_other_secrets() -> None:
    assert checker(lambda name: Asked(Reply(200))).check(credential("aws-access-key")) is None


# As a user sees it


CHATWOOT = expand("{base58:24}", "liveness")
GITHUB = expand("{github:ghp_}", "liveness")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(liveness, "PACE", 0.0)
    made = repos.init(tmp_path / "r")
    repos.commit(
        made,
        {
            "a.env": leak("dead"),
            "b.env": leak("fine").strip() + "  # occ-audit: allow[shopify-admin-token] invented\n",
            "c.env": f"GITHUB_TOKEN={GITHUB}\n",
            "d.env": f"CHATWOOT_API_ACCESS_TOKEN={CHATWOOT}\n",
        },
    )
    return made


def report(repo: Path, *options: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    code, out, err = run("scrub", "report", "--format", "json", *options, repo)
    rows = json.loads(out)["secrets"] if out.startswith("{") else []
    return code, {row["paths"]["shown"][0]: row for row in rows}, err


def test_each_secret_is_asked_about_once_and_the_answers_are_evidence(
    repo: Path, serve: Callable[[Handle], Server]
) -> None:
    shop, github = serve(status(401)), serve(status(200))
    folder = repo / "artifacts" / "security"
    code, rows, err = report(
        repo,
        *("--check-live", "--endpoint", f"shopify={shop.url}"),
        *("--endpoint", f"github={github.url}", "--record", str(folder)),
    )
    assert code == 1
    assert [headers["X-Shopify-Access-Token"] for _, headers in shop.seen] == [token("dead")]
    assert [path for path, _ in github.seen] == ["/user"]
    said = {path: row["liveness"] for path, row in rows.items()}
    assert said["a.env"]["state"] == "dead"
    assert said["a.env"]["reason"] == "HTTP 401"
    assert said["b.env"] is None, "accepted as no secret, so nobody is asked"
    assert said["c.env"]["state"] == "live"
    assert said["d.env"]["state"] == "unknown"
    assert "--endpoint" in str(said["d.env"]["reason"])
    assert "live" in rows["c.env"]["states"]
    assert next(iter(rows)) == "c.env", "what is known to work is the most urgent"

    [page] = folder.rglob("liveness-*.md")
    assert f"recorded: {page}" in err
    text = page.read_text()
    assert f"`{rows['a.env']['fingerprint']}`" in text
    assert "**dead**" in text
    for secret in (token("dead"), token("fine"), GITHUB, CHATWOOT):
        assert secret not in text + json.dumps(rows) + err
    repos.stage(repo)
    code, _, err = run(
        *("rotate", "add", str(rows["a.env"]["fingerprint"]), "--what", "token", "--by", "Ada"),
        *("--evidence", page, repo),
    )
    assert code == 0, err
    assert report(repo)[1]["a.env"]["rotation"]["problem"] == ""


def test_a_rotation_that_did_not_take_is_the_first_thing_to_do(
    repo: Path, serve: Callable[[Handle], Server]
) -> None:
    repos.commit(repo, {"artifacts/rotated.md": "We rotated the token.\n"})
    fingerprint = str(report(repo)[1]["c.env"]["fingerprint"])
    told = ("--what", "token", "--by", "Ada", "--evidence", "artifacts/rotated.md")
    assert run("rotate", "add", fingerprint, *told, repo)[0] == 0
    repos.commit(repo)
    shop, github = serve(status(401)), serve(status(200))
    asked = ("--check-live", "--endpoint", f"github={github.url}")
    asked = (*asked, "--endpoint", f"shopify={shop.url}")
    assert report(repo)[1]["c.env"]["rotation"]["problem"] == ""
    _, rows, _ = report(repo, *asked)
    assert next(iter(rows)) == "c.env"
    assert rows["c.env"]["rotation"]["problem"] == "the secret still works"
    assert rows["c.env"]["exposure"]["usable_days"] == rows["c.env"]["exposure"]["days"]
    _, out, _ = run("scrub", "report", *asked, repo)
    steps = out.partition("what to do first")[2]
    assert "1. Rotate GitHub" in steps
    assert "Rotate Shopify" not in steps, "it is known to work no longer"
    assert "3 not rotated" in out


def test_people_read_the_answers(repo: Path, serve: Callable[[Handle], Server]) -> None:
    github = serve(status(200))
    page = repo.parent / "page.html"
    _, out, _ = run(
        *("scrub", "report", "--check-live", "--endpoint", f"github={github.url}"),
        *("--report", f"html={page}", repo),
    )
    said = " ".join(out.split())
    assert "works yes, still: HTTP 200 (github, " in said
    assert "1 known to work still" in said
    assert '<span class="open">still works</span>' in page.read_text()


def test_without_the_option_nobody_is_asked(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    _, rows, _ = report(repo)
    assert {row["liveness"] for row in rows.values()} == {None}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--record", "x.md"], "--record needs --check-live"),
        (["--endpoint", "github=https://x.example"], "--endpoint needs --check-live"),
        (["--check-live", "--endpoint", "gitlab=https://x.example"], "with one of these vendors"),
        (["--check-live", "--endpoint", "postgresql=https://x.example"], "these vendors: chatwoot"),
        (["--check-live", "--endpoint", "github=http://x.example"], "no address to send"),
    ],
)
def test_mistakes_are_told_before_anything_is_read(
    repo: Path, options: list[str], said: str
) -> None:
    code, _, err = report(repo, *options)
    assert code == 2
    assert said in err


@pytest.mark.parametrize("command", [("scan",), ("scan", "--staged")])
def test_a_scan_as_hooks_run_it_cannot_ask(repo: Path, command: tuple[str, ...]) -> None:
    code, _, err = run(*command, "--check-live", repo)
    assert code == 2
    assert "--check-live" in err
