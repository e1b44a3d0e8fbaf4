#!/usr/bin/env python3
"""The command line through the real program: statuses, JSON, and the same answers with and without a running server.

Pictures come from the shared set; without it the tests are skipped. LIKENESS_BIN names the program."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
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
    def __init__(self, data):
        self.process = subprocess.Popen([BIN, "--data", data, "--json", "serve", "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["listening"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.status = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()


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


@unittest.skipUnless((SHARED / "hostile-images/MANIFEST.tsv").is_file(), f"the hostile pictures are not in {SHARED}")
class HostilePictures(unittest.TestCase):
    WANTED = {"jpeg", "png", "webp", "gif", "tiff", "bmp"}

    def rows(self):
        with open(SHARED / "hostile-images/MANIFEST.tsv") as lines:
            names = next(lines).rstrip("\n").split("\t")
            for line in lines:
                yield dict(zip(names, line.rstrip("\n").split("\t")))

    def upload(self, url, path):
        bytes_ = path.read_bytes()
        body = (b'--B0undary\r\nContent-Disposition: form-data; name="on_duplicate"\r\n\r\nkeep\r\n'
                b'--B0undary\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + bytes_ + b"\r\n--B0undary--\r\n")
        request = urllib.request.Request(url + "api/v1/images", body, {"Content-Type": "multipart/form-data; boundary=B0undary"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as answer:
            return answer.code, json.load(answer)

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
                    status, answer = self.upload(server.url, path)
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
            _, out, _ = run(folder + "/data", "features", str(SHARED / "hostile-images"))
            for line in out.splitlines():
                value = json.loads(line, parse_constant=lambda name: self.fail(name))
                self.assertTrue("error" in value or value["width"] > 0)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.assertEqual(slow, [])
        self.assertLess(peak_mb, 768)
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
