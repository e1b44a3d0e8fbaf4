#!/usr/bin/env python3
"""The command line through the real program: statuses, JSON, and the same answers with and without a running server.

Pictures come from the shared set; without it the tests are skipped. LIKENESS_BIN names the program."""
import concurrent.futures
import fcntl
import json
import os
import pathlib
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("LIKENESS_SHARED", ROOT.parent / "shared"))
BIN = os.environ["LIKENESS_BIN"]
PAIRS = sorted((SHARED / "photos/neardup").glob("*/*.jpg"))[:12] if SHARED.is_dir() else []


def run(data, *words, stdin=subprocess.DEVNULL):
    done = subprocess.run([BIN, "--data", data, *words], stdin=stdin, capture_output=True, text=True, timeout=120,
                          env={k: v for k, v in os.environ.items() if not k.startswith("LIKENESS_")})
    return done.returncode, done.stdout, done.stderr


class Server:
    def __init__(self, data, **limits):
        env = {**os.environ, **{"LIKENESS_LIMIT_" + name.upper(): str(value) for name, value in limits.items()}}
        self.process = subprocess.Popen([BIN, "--data", data, "--json", "serve", "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        self.url = json.loads(self.process.stdout.readline())["listening"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.status = self.process.wait(timeout=30)
        self.process.stdout.close()

    def connect(self):
        wire = socket.create_connection(("127.0.0.1", int(self.url.rsplit(":", 1)[1].strip("/"))), timeout=20)
        return wire


def upload(url, path):
    bytes_ = pathlib.Path(path).read_bytes()
    body = (b'--B0undary\r\nContent-Disposition: form-data; name="on_duplicate"\r\n\r\nkeep\r\n'
            b'--B0undary\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + bytes_ + b"\r\n--B0undary--\r\n")
    request = urllib.request.Request(url + "api/v1/images", body, {"Content-Type": "multipart/form-data; boundary=B0undary"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def on_terminal(words, columns=80, keys=b"", **env):
    """Runs the program on a pseudo-terminal; its status and everything it wrote there."""
    pid, terminal = pty.fork()
    if pid == 0:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("LIKENESS_") and k != "NO_COLOR"}
        os.execve(BIN, [BIN, *words], {**clean, "TERM": "xterm", **env})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    if keys:
        os.write(terminal, keys)
    seen = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        seen += piece
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()


class Query(unittest.TestCase):
    def test_parse(self):
        for words, wanted, said in ((["parse", "a && (b || c)"], 0, "AND\n  a\n  OR\n    b\n    c\n"),
                                    (["parse", "--", "-a, sort:newest"], 0, "NOT\n  a\nsort:newest\n"),
                                    (["parse", "лес,,b"], 2, "лес,,b\n    ^\n"), (["parse", ""], 2, "is empty"),
                                    (["parse", "a\x1b[2J"], 2, "control character"), (["parse", "a", "b"], 2, "b"), ([], 2, "verb")):
            status, out, err = run("/nowhere", "query", *words)
            self.assertEqual(status, wanted, (words, out, err))
            self.assertIn(said, err if status else out)
            self.assertNotIn("\x1b", out + err)

    def test_json(self):
        status, out, _ = run("/nowhere", "--json", "query", "parse", "a,-b")
        self.assertEqual((status, json.loads(out)["text"]), (0, "a&&-b"))
        status, out, _ = run("/nowhere", "--json", "query", "parse", "лес,,b")
        self.assertEqual((status, json.loads(out)["error"]["position"]), (2, 4))


PDQ = SHARED / "photos/pdq"


@unittest.skipUnless(PDQ.is_dir(), f"the shared photos are not in {SHARED}")
@unittest.skipUnless((SHARED / "models").is_dir(), "no shared models")
class Models(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="likeness-models-")
        self.addCleanup(shutil.rmtree, self.data)

    def states(self):
        status, out, _ = run(self.data, "--json", "models", "list")
        self.assertEqual(status, 0)
        return {m["name"]: (m["installed"], m["in_use"]) for m in json.loads(out)["models"]}

    def test_from_a_mirror_to_removal(self):
        self.assertEqual(self.states()["text-image-conse"], (False, False))
        mirror = str(SHARED / "models")
        status, out, err = run(self.data, "--json", "models", "pull", "yolox-nano-coco", "text-image-conse", "--from", mirror)
        self.assertEqual(status, 0, err)
        pulled = [json.loads(line)["pulled"] for line in out.splitlines() if "pulled" in line]
        self.assertEqual([p["name"] for p in pulled], ["yolox-nano-coco", "text-image-conse"])
        self.assertTrue(all(p["in_use"] and not p["trusted_now"] for p in pulled))
        status, out, _ = run(self.data, "--json", "models", "verify")
        self.assertEqual((status, [m["faults"] for m in json.loads(out)["models"]]), (0, [[], []]))
        self.assertTrue(all(m["opened"] for m in json.loads(out)["models"]))
        network = pathlib.Path(self.data, "models/yolox-nano-coco/yolox_nano.onnx")
        network.write_bytes(network.read_bytes()[:-1])
        status, out, _ = run(self.data, "models", "verify", "yolox-nano-coco")
        self.assertEqual(status, 1)
        self.assertIn("damaged", out)
        self.assertEqual(run(self.data, "models", "remove", "yolox-nano-coco")[0], 0)
        self.assertEqual(self.states()["yolox-nano-coco"], (False, False))
        self.assertEqual(run(self.data, "models", "use", "yolox-nano-coco")[0], 2)
        self.assertEqual(self.states()["text-image-conse"], (True, True))

    def test_a_running_server_answers_the_same(self):
        with Server(self.data):
            status, _, err = run(self.data, "models", "pull", "yolox-nano-coco", "--from", str(SHARED / "models"))
            self.assertEqual(status, 0, err)
            self.assertEqual(self.states()["yolox-nano-coco"], (True, True))
        self.assertEqual(self.states()["yolox-nano-coco"], (True, True))

    def test_what_cannot_be_checked_is_refused(self):
        status, _, err = run(self.data, "models", "pull", "clip-vit-b-16")
        self.assertEqual(status, 2)
        self.assertIn("--sha256", err)
        self.assertEqual(run(self.data, "models", "pull", "no-such-model")[0], 2)
        self.assertEqual(run(self.data, "models", "pull", "text-image-conse", "--from", self.data)[0], 2)


class HashLists(unittest.TestCase):
    """PDQ's own reference pictures and hashes, as somebody would share them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="likeness-lists-")
        cls.data = os.path.join(cls.folder, "data")
        rows = [line.split("\t") for line in (PDQ / "EXPECTED.tsv").read_text().splitlines()[1:]]
        cls.expected = os.path.join(cls.folder, "expected.csv")
        with open(cls.expected, "w") as out:
            out.write("hash,label\n" + "".join(f"{row[2]},{row[0]}\n" for row in rows if row[0].startswith("labelme")))
        cls.labelled = {row[0] for row in rows if row[0].startswith("labelme")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def fresh(self):
        return tempfile.mkdtemp(prefix="data-", dir=self.folder)

    def test_needles_in_the_haystack(self):
        data, index = self.fresh(), PDQ / "index"
        status, out, err = run(data, "--json", "hashlist", "import", "haystack", str(index / "haystack.txt"))
        self.assertEqual((status, json.loads(out)["list"]["entries"]), (0, 1350), err)
        needles, rows = ([int(line, 16) for line in (index / name).read_text().split()] for name in ("needles.txt", "haystack.txt"))
        status, out, err = run(data, "--json", "hashlist", "match", *(f"{needle:064x}" for needle in needles))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(answers), len(needles), err)
        found = 0
        for needle, answer in zip(needles, answers):
            near = sorted((needle ^ row).bit_count() if hasattr(int, "bit_count") else bin(needle ^ row).count("1") for row in rows)
            wanted = [distance for distance in near if distance <= 31][:10]
            upright = [match["distance"] for match in answer["listed"] if match["orientation"] == "upright"]
            self.assertEqual(upright, wanted)
            found += bool(wanted)
        self.assertEqual(status, 1 if found else 0)
        self.assertGreater(found, 50)

    def test_pictures_against_their_expected_hashes(self):
        data = self.fresh()
        self.assertEqual(run(data, "hashlist", "import", "known", self.expected)[0], 0)
        pictures = sorted((PDQ / "labelme-subset").iterdir())
        status, out, err = run(data, "--json", "hashlist", "match", *map(str, pictures), str(PDQ / "dih/bridge-1-original.jpg"))
        self.assertEqual(status, 1, err)
        for answer in map(json.loads, out.splitlines()):
            name = "/".join(pathlib.Path(answer["path"]).parts[-2:])
            best = answer["listed"][0] if answer["listed"] else {"label": None, "distance": 0}
            wanted = name if name in self.labelled and answer["pdq"]["quality"] >= 50 else None
            self.assertEqual(best["label"], wanted, answer)
            self.assertLessEqual(best["distance"], 12)
        self.assertEqual(run(data, "hashlist", "match", str(PDQ / "dih/bridge-1-original.jpg"))[0], 0)

    def test_from_import_to_removal(self):
        data, mine = self.fresh(), os.path.join(self.folder, "mine.json")
        pictures = str(PDQ / "labelme-subset")
        _, out, _ = run(data, "--json", "import", "--on-duplicate", "keep", pictures)
        self.assertNotIn("listed", [name for line in out.splitlines()[:-1] for name in json.loads(line)])
        self.assertEqual(run(data, "hashlist", "match", "--library")[0], 0)
        run(data, "hashlist", "import", "known", self.expected)
        status, out, err = run(data, "--json", "hashlist", "match", "--library")
        library = json.loads(out)
        self.assertEqual((status, library["count"]), (1, library["compared"]), err)
        self.assertGreater(library["count"], 3)
        status, out, _ = run(data, "hashlist", "match", "--library")
        self.assertEqual(status, 1)
        self.assertIn("known (labelme-subset/", out)

        # The library's own hashes, in both forms, are a list on which another library's copies are; none gets in.
        for name in ("mine.json", "mine.csv"):
            mine = os.path.join(self.folder, name)
            self.assertEqual(run(data, "hashlist", "export", "--library", mine)[0], 0)
            other = self.fresh()
            self.assertEqual(run(other, "hashlist", "import", "theirs", mine)[0], 0)
            status, out, err = run(other, "--json", "import", "--on-duplicate", "keep", "--on-listed", "reject", pictures)
            lines = [json.loads(line) for line in out.splitlines()]
            self.assertEqual((status, lines[-1]["summary"]["listed"]), (1, library["count"]), err)
            refused = [line for line in lines[:-1] if line["status"] == "rejected"]
            self.assertEqual(len(refused), library["count"])
            for line in refused:
                self.assertEqual(line["error"]["code"], "permission_denied")
                self.assertIn('the hash list "theirs"', line["error"]["message"])
                self.assertEqual(line["listed"][0]["distance"], 0)
        status, out, _ = run(other, "import", "--dry-run", "--on-listed", "reject", pictures)
        self.assertEqual(status, 1)
        self.assertIn('it is on the hash list "theirs"', out)
        status, out, _ = run(other, "import", "--dry-run", pictures)
        self.assertIn("on the hash list theirs", out)

        # A list goes out as it came in.
        copy = os.path.join(self.folder, "copy.csv")
        self.assertEqual(run(data, "hashlist", "export", "known", copy)[0], 0)
        self.assertEqual(run(data, "hashlist", "import", "again", copy)[0], 0)
        lists = json.loads(run(data, "--json", "hashlist", "list")[1])["lists"]
        self.assertEqual([row["entries"] for row in lists], [lists[0]["entries"]] * 2)
        self.assertEqual(run(data, "hashlist", "radius", "known", "0")[0], 0)
        self.assertEqual(run(data, "hashlist", "remove", "again")[0], 0)
        self.assertEqual(json.loads(run(data, "--json", "hashlist", "show", "known")[1])["list"]["radius_bits"], 0)
        status, out, err = run(data, "--json", "fsck")
        self.assertEqual(status, 0, out)

    def test_words_that_are_wrong(self):
        data, bad = self.fresh(), os.path.join(self.folder, "bad.csv")
        good = "0" * 63 + "1"
        pathlib.Path(bad).write_text(f"{good}\nno hash\n")
        for words, wanted, said in ((["import", "x", bad], 2, "line 2"), (["import", "--skip-bad", "x", bad], 1, "skipped  line 2"),
                                    (["import", "x", bad, "--skip-bad"], 1, "--replace"), (["import", "a/b", bad, "--skip-bad"], 2, "name"),
                                    (["import", "x"], 2, "import NAME FILE"), (["import", "y", "/none"], 2, "none"),
                                    (["import", "--add", "--replace", "x", bad], 2, "exclude"), (["show", "none"], 2, "none"),
                                    (["show", "../images"], 2, "no hash list"), (["remove", "none"], 2, "none"), (["match"], 2, "--library"),
                                    (["export", "x", "/none/out.csv"], 2, "none"), (["radius", "x", "65"], 2, "64"), ([], 2, "verb"),
                                    (["match", good], 1, "listed"), (["match", "f" * 64], 0, "0 of 1")):
            status, out, err = run(data, "hashlist", *words)
            self.assertEqual(status, wanted, (words, out, err))
            self.assertIn(said, out + err, words)


@unittest.skipUnless(PAIRS, f"the shared photos are not in {SHARED}")
class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="likeness-cli-")
        cls.pictures = os.path.join(cls.folder, "in")
        os.mkdir(cls.pictures)
        for i, path in enumerate(PAIRS):
            shutil.copy(path, os.path.join(cls.pictures, f"{i:02}.jpg"))
        cls.data = os.path.join(cls.folder, "data")
        cls.imported = run(cls.data, "--json", "import", cls.pictures)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_import_ends_with_a_summary(self):
        status, out, err = self.imported
        lines = [json.loads(line) for line in out.splitlines()]
        summary = lines[-1]["summary"]
        self.assertEqual(len(lines) - 1, len(PAIRS), err)
        self.assertEqual(summary["imported"] + summary["duplicate"], len(PAIRS))
        self.assertEqual(status, 1 if summary["duplicate"] else 0)
        for line in lines[:-1]:
            self.assertIn(line["status"], ("imported", "duplicate"))
            if line["status"] == "duplicate":
                self.assertTrue(line["verdict"]["sentence"])

    def test_same_answers_with_and_without_a_server(self):
        commands = [["show", "1"], ["tag"], ["stats"], ["decisions"], ["compare", "1", "2"], ["fsck"], ["show", "999"],
                    ["compare", self.pictures + "/00.jpg", self.pictures + "/00.jpg"], ["duplicates"],
                    ["search", "--image", self.pictures + "/01.jpg"], ["search", "--colour", "#336699"]]

        def answers():
            out = []
            for command in commands:
                status, text, _ = run(self.data, "--json", *command)
                value = json.loads(text)
                value.pop("took_ms", None)
                for moving in ("decode_ms", "compare_ms"):
                    value.get("difference", {}).pop(moving, None)
                for moving in ("index_bytes", "catalog_bytes", "derived_bytes", "records", "bytes"):
                    value.pop(moving, None)
                out.append((command, status, value))
            return out

        alone = answers()
        with Server(self.data) as server:
            self.assertEqual(answers(), alone)
            with urllib.request.urlopen(server.url + "readyz") as ready:
                self.assertEqual(ready.status, 200)
        self.assertEqual(server.status, 0)

    def test_statuses(self):
        one, two = self.pictures + "/00.jpg", self.pictures + "/05.jpg"
        for words, wanted in ((["compare", one, one], 0), (["compare", one, two], 1), (["compare", one, "/nothing.jpg"], 2),
                              (["search"], 2), (["bogus"], 2), ([], 2), (["--help"], 0), (["import", "--help"], 0),
                              (["search", "--colour", "red"], 2), (["--formats", "+svg", "stats"], 2), (["show", "x"], 2),
                              (["import", self.folder + "/none.jpg"], 1), (["features", one], 0), (["features", "/none"], 2),
                              (["fsck"], 0), (["serve", "--listen", "0.0.0.0:0"], 2)):
            status, out, err = run(self.data, *words)
            self.assertEqual(status, wanted, (words, out, err))
        status, _, err = run(self.folder + "/empty", "stats")
        self.assertEqual(status, 2)
        self.assertIn("import some pictures first", err)
        self.assertFalse(os.path.exists(self.folder + "/empty"), "looking makes no folder")

    def test_configuration_file_environment_and_line(self):
        config = self.folder + "/config.toml"
        with open(config, "w") as out:
            out.write(f'data = "{self.data}"\njson = true\n[limits]\nfile_bytes_max = 1000\n[search]\ncount = 1\n')
        env = {**os.environ, "LIKENESS_CONFIG": config}
        done = subprocess.run([BIN, "search", "--colour", "#808080"], capture_output=True, text=True, env=env, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual(len(json.loads(done.stdout)["results"]), 1)
        done = subprocess.run([BIN, "features", self.pictures + "/00.jpg"], capture_output=True, text=True, env=env, timeout=60)
        self.assertEqual(json.loads(done.stdout.splitlines()[0])["error"]["code"], "limit_exceeded")

    def test_no_colours_when_it_is_no_terminal(self):
        for words in (["duplicates", self.pictures], ["stats"], ["import", "--dry-run", self.pictures]):
            _, out, err = run(self.data, *words)
            self.assertNotIn("\x1b", out + err)

    def test_interrupt_stops_and_the_same_command_goes_on(self):
        data = self.folder + "/interrupted"
        process = subprocess.Popen([BIN, "--data", data, "--json", "import", "-j", "1", self.pictures], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        first = process.stdout.readline()
        self.assertTrue(first)
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        process.stdout.close()
        self.assertIn(process.wait(timeout=60), (0, 1, 2))
        run(data, "--json", "import", self.pictures)
        status, out, _ = run(data, "--json", "fsck")
        self.assertEqual((status, json.loads(out)["clean"]), (0, True))

    def test_terminal_has_a_bar_and_colours_and_no_color_takes_them(self):
        status, out = on_terminal(["--data", self.data, "import", "--dry-run", self.pictures], columns=70)
        self.assertRegex(out, r"\d+/%d pictures, [\d.]+/s" % len(PAIRS))
        for part in out.split("\r"):
            if "pictures, " in part:
                self.assertLess(len(part.replace("\x1b[K", "").split("\x1b")[0].rstrip("\n")), 70, part)
        _, out = on_terminal(["duplicates", self.pictures])
        self.assertIn("\x1b[32mkeep\x1b[0m", out)
        _, out = on_terminal(["duplicates", self.pictures], NO_COLOR="1")
        self.assertNotIn("\x1b[3", out)

    def test_asks_about_each_copy(self):
        data = self.folder + "/asked"
        status, out = on_terminal(["--data", data, "import", "--on-duplicate", "ask", self.pictures], keys=b"x\nk\nS\n")
        self.assertIn("[s]kip, [k]eep both", out)
        wanted = 1 + json.loads(self.imported[1].splitlines()[-1])["summary"]["imported"]
        self.assertEqual(json.loads(run(data, "--json", "stats")[1])["images"], wanted, out)

    def test_names_cannot_command_the_terminal(self):
        folder = self.folder + "/names"
        os.makedirs(folder)
        for name, path in (("a\x1b[31m.jpg", "00.jpg"), ("b\x1b]0;x\x07.jpg", "00.jpg"), ("c\x1b[2J.jpg", None)):
            bytes_ = pathlib.Path(self.pictures, path).read_bytes() if path else b"no picture"
            pathlib.Path(folder, name).write_bytes(bytes_)
        for words in (["duplicates", folder], ["import", folder], ["features", folder], ["compare", *sorted(
                os.path.join(folder, name) for name in os.listdir(folder))[1:]]):
            _, out, err = run(self.folder + "/names-data", *words)
            self.assertNotIn("\x1b", out + err, words)

    def test_slow_and_too_many_clients(self):
        with Server(self.data, request_idle_seconds_max=1, connections_max=4) as server:
            idle, drip = server.connect(), server.connect()
            start = time.monotonic()
            drip.sendall(b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
            try:
                while time.monotonic() - start < 15:
                    drip.sendall(b" ")
                    drip.settimeout(0.3)
                    try:
                        if drip.recv(1000) == b"":
                            break
                    except TimeoutError:
                        pass
            except (BrokenPipeError, ConnectionResetError):
                pass
            self.assertLess(time.monotonic() - start, 10, "a byte now and then holds a connection")
            self.assertEqual(idle.recv(10), b"", "an idle connection is closed")
            held = [server.connect() for _ in range(4)]
            held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 200 ", held[-1].recv(2000))
            over = server.connect()
            answer = over.recv(4000)
            self.assertIn(b"503 Service Unavailable", answer)
            self.assertIn(b"nosniff", answer)
            for wire in (*held, over, idle, drip):
                wire.close()
            for _ in range(50):
                try:
                    with urllib.request.urlopen(server.url + "healthz") as back:
                        self.assertEqual(back.status, 200)
                    break
                except (urllib.error.HTTPError, ConnectionError):
                    time.sleep(0.1)
            else:
                self.fail("the server does not come back after its clients went away")

    def test_every_kind_of_answer_has_its_headers(self):
        with Server(self.data) as server:
            for path in ("healthz", "api/v1/images", "i/1/thumb", "i/1/original", "nope.js", "api/v1/nope", "api/v1/images/999",
                         "metrics", "api/openapi.yaml", "local/v1/doctor", ""):
                try:
                    answer = urllib.request.urlopen(server.url + path)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff", path)
                    self.assertEqual(answer.headers["Cross-Origin-Resource-Policy"], "same-origin", path)
                    policy = answer.headers["Content-Security-Policy"]
                    self.assertTrue(policy.startswith("default-src 'none'"), (path, policy))
                    # WebAssembly may be compiled; no text is ever run as a script.
                    self.assertNotIn("unsafe", policy.replace("'wasm-unsafe-eval'", ""))
                    self.assertNotIn(self.data, answer.read().decode(errors="replace"), path)

    @unittest.skipIf(subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode, "no user namespaces here")
    def test_full_disk(self):
        mount = self.folder + "/small"
        os.mkdir(mount)
        done = subprocess.run(["unshare", "-Urm", sys.executable, __file__, "--on-small-disk", mount, self.pictures],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def on_small_disk(mount, pictures):
    """In a mount namespace of its own: what a server says on a full disk, and that it goes on when there is space."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", mount], check=True)
    names = sorted(os.path.join(pictures, name) for name in os.listdir(pictures))
    with Server(mount + "/data") as server:
        assert upload(server.url, names[0])[0] == 200
        for left_kb in (0, 20, 60, 100, 120, 200):
            space = os.statvfs(mount)
            with open(mount + "/fill", "wb") as fill:
                fill.write(bytes(max(0, space.f_bavail * space.f_frsize - left_kb * 1024)))
            status, answer = upload(server.url, names[1])
            # With a little space each of the files that an import writes may be the one that does not fit, or none.
            assert status == 503 or left_kb > 0 and status == 200, (left_kb, status, answer)
            if status == 503:
                assert answer["code"] == "unavailable" and "free some disk space" in answer["hint"], answer
            assert mount not in json.dumps(answer), answer
            with urllib.request.urlopen(server.url + "i/1/original") as original:
                assert original.read() == pathlib.Path(names[0]).read_bytes()
            os.remove(mount + "/fill")
        for name in names[1:4]:
            status, answer = upload(server.url, name)
            assert status == 200 and answer["results"][0]["status"] in ("imported", "duplicate"), answer
    status, out, err = run(mount + "/data", "fsck")
    assert status == 0, out + err


@unittest.skipUnless((SHARED / "hostile-images/MANIFEST.tsv").is_file(), f"the hostile pictures are not in {SHARED}")
class HostilePictures(unittest.TestCase):
    WANTED = {"jpeg", "png", "webp", "gif", "tiff", "bmp"}

    def rows(self):
        with open(SHARED / "hostile-images/MANIFEST.tsv") as lines:
            names = next(lines).rstrip("\n").split("\t")
            for line in lines:
                yield dict(zip(names, line.rstrip("\n").split("\t")))

    def judge(self, row, good, code):
        if row["expect"] == "decode":
            return good or row["format"] not in self.WANTED and code in ("unsupported", "corruption")
        if row["expect"].startswith("reject"):
            return not good and code in ("unsupported", "corruption", "limit_exceeded", "invalid_argument")
        return good or code in ("unsupported", "corruption", "limit_exceeded")

    def test_upload_and_features(self):
        folder = tempfile.mkdtemp(prefix="likeness-hostile-")
        wrong, slow, accepted = [], [], 0
        try:
            with Server(folder + "/data") as server:
                for row in self.rows():
                    path = SHARED / "hostile-images" / row["file"]
                    start = time.monotonic()
                    status, answer = upload(server.url, path)
                    seconds = time.monotonic() - start
                    good = status == 200 and answer["results"][0]["status"] == "imported"
                    accepted += good
                    if not self.judge(row, good, answer.get("code", "")) or status >= 500:
                        wrong.append((row["file"], row["expect"], status, answer.get("message", "")))
                    if seconds > 20:
                        slow.append((row["file"], seconds))
                    self.assertIsNone(server.process.poll(), row["file"])
                with open(f"/proc/{server.process.pid}/status") as text:
                    peak_mb = next(int(l.split()[1]) for l in text if l.startswith("VmHWM")) / 1024
                _, stats, _ = run(folder + "/data", "--json", "stats")
                self.assertEqual(json.loads(stats)["images"], accepted)
            self.assertEqual(server.status, 0)
            status, out, err = run(folder + "/data", "--json", "fsck")
            self.assertEqual(status, 0, out + err)
            print(f"hostile: {accepted} accepted, {len(wrong)} against expectation, peak {peak_mb:.0f} MB", file=sys.stderr)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.assertEqual(slow, [])
        self.assertLess(peak_mb, 768)
        self.assertEqual(wrong, [])

    def test_import_of_the_folder(self):
        with tempfile.TemporaryDirectory(prefix="likeness-hostile-") as folder:
            paths = [str(SHARED / "hostile-images" / row["file"]) for row in self.rows()]
            start = time.monotonic()
            status, out, err = run(folder + "/data", "--json", "import", "--on-duplicate", "keep", *paths)
            seconds = time.monotonic() - start
            lines = [json.loads(line, parse_constant=lambda name: self.fail(name)) for line in out.splitlines()]
            self.assertEqual(status, 1, err)
            told = {line["path"]: line for line in lines[:-1]}
            self.assertEqual(len(told), len(lines) - 1, "one line a file")
            self.assertEqual(sorted(told), sorted(paths))
            wrong = []
            for row in self.rows():
                line = told[str(SHARED / "hostile-images" / row["file"])]
                error = line.get("error", {})
                good = line["status"] in ("imported", "duplicate")  # of the same file only: copies are kept
                if not self.judge(row, good, error.get("code", "")) or not good and len(error.get("message", "")) < 10:
                    wrong.append((row["file"], row["expect"], line["status"], error))
            self.assertEqual(wrong, [])
            status, out, err = run(folder + "/data", "--json", "fsck")
            self.assertEqual((status, json.loads(out)["clean"]), (0, True), err)
            print(f"hostile: imported as a folder in {seconds:.1f} s", file=sys.stderr)

    def test_features(self):
        paths = [str(SHARED / "hostile-images" / row["file"]) for row in self.rows()]
        status, out, err = run("", "features", *paths)
        lines = {}
        for line in out.splitlines():
            value = json.loads(line, parse_constant=lambda name: self.fail(name))
            lines[value["path"]] = value
        self.assertEqual(sorted(lines), sorted(paths), err)
        wrong = [(row["file"], row["expect"], line.get("error")) for row in self.rows()
                 for line in [lines[str(SHARED / "hostile-images" / row["file"])]]
                 if not self.judge(row, "error" not in line and line["width"] > 0, line.get("error", {}).get("code", ""))]
        self.assertEqual(wrong, [])

    @unittest.skipUnless(PAIRS, "the shared photos are not here")
    def test_a_normal_upload_is_answered_meanwhile(self):
        bombs = [SHARED / "hostile-images" / row["file"] for row in self.rows() if row["expect"] == "reject-limit"][:24]
        with tempfile.TemporaryDirectory(prefix="likeness-hostile-") as folder, Server(folder + "/data") as server:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                hostile = [pool.submit(upload, server.url, path) for path in bombs]
                worst = 0
                for path in PAIRS[:6]:
                    start = time.monotonic()
                    self.assertEqual(upload(server.url, path)[0], 200)
                    worst = max(worst, time.monotonic() - start)
                for job in hostile:
                    self.assertIn(job.result()[0], (413, 415, 422))
        print(f"hostile: the slowest normal upload meanwhile took {worst:.2f} s", file=sys.stderr)
        self.assertLess(worst, 2)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--on-small-disk"]:
        on_small_disk(*sys.argv[2:])
        sys.exit()
    unittest.main(verbosity=1)
