#!/usr/bin/env python3
"""`likeness compare` on pixels through the real program: statuses, pictures, folders, lines.

Pictures come from the shared set; without it the tests are skipped. LIKENESS_BIN names the program."""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from cli_test import PAIRS, SHARED, run


@unittest.skipUnless(PAIRS, f"the shared photos are not in {SHARED}")
class ComparePixels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="likeness-compare-")
        cls.pictures = os.path.join(cls.folder, "in")
        os.mkdir(cls.pictures)
        for i, path in enumerate(PAIRS):
            shutil.copy(path, os.path.join(cls.pictures, f"{i:02}.jpg"))
        cls.data = os.path.join(cls.folder, "data")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_compares_pixels_folders_and_lines(self):
        one, two = self.pictures + "/00.jpg", self.pictures + "/05.jpg"
        out = self.folder + "/difference.png"
        status, text, err = run(self.data, "--json", "compare", "--pixels-only", "--like", "odiff", "--diff", out, one, two)
        self.assertEqual(status, 1, err)
        answer = json.loads(text)
        self.assertNotIn("verdict", answer)
        self.assertGreater(answer["difference"]["different_pixels"], 0)
        self.assertEqual(pathlib.Path(out).read_bytes()[:4], b"\x89PNG")
        for name, start in (("blink.gif", b"GIF89a"), ("blink.webp", b"RIFF")):
            status, text, err = run(self.data, "compare", "--pixels-only", "--style", "blink", "--diff", self.folder + "/" + name, one, two)
            self.assertEqual(status, 1, err)
            self.assertTrue(pathlib.Path(self.folder, name).read_bytes().startswith(start))
        status, text, err = run(self.data, "compare", "--pixels-only", "--style", "blink", "--diff", out, one, two)
        self.assertEqual(status, 2)
        self.assertIn("name it OUT.webp, or OUT.gif", err)
        for words, wanted in ((["--scale", "--ignore-box", "0:0:99999x99999", one, two], 0), (["--align", one, one], 0), (["--align", "--scale", one, two], 2), (["--mask", one, "--align", one, one], 0), (["--ignore-box", "1:2", one, one], 2),
                              (["--threshold", "1", "--scale", one, two], 0), (["--threshold", "2", one, two], 2),
                              (["--like", "resemble", "--threshold", "0.1", one, two], 2), ([one], 2),
                              ([one, self.pictures], 2), (["--style", "flat", one, two], 2)):
            status, text, err = run(self.data, "compare", "--pixels-only", *words)
            self.assertEqual(status, wanted, (words, text, err))
        status, text, err = run(self.data, "compare", "--pixels-only", "--mask", two, "--align", one, one)
        self.assertEqual(status, 2)
        self.assertIn("the mask has", err)
        copy = self.folder + "/copy"
        shutil.copytree(self.pictures, copy)
        report = self.folder + "/report.html"
        status, text, err = run(self.data, "--json", "compare", self.pictures, copy, "--report", report)
        self.assertEqual(status, 0, err)
        self.assertEqual(json.loads(text.splitlines()[-1])["summary"]["equal"], len(list(pathlib.Path(copy).iterdir())))
        shutil.copy(two, copy + "/00.jpg")
        os.unlink(copy + "/05.jpg")
        status, text, err = run(self.data, "--json", "compare", self.pictures, copy, "--report", report)
        summary = json.loads(text.splitlines()[-1])["summary"]
        self.assertEqual((status, summary["different"], summary["only_a"]), (1, 1, 1), err)
        page = pathlib.Path(report).read_text()
        self.assertNotIn("data:image/webp", page)
        run(self.data, "compare", self.pictures, copy, "--report", report, "--style", "blink")
        self.assertIn("data:image/webp", pathlib.Path(report).read_text())
        self.assertIn("00.jpg", page)
        self.assertNotIn("http", page.lower().replace("http-equiv", ""))
        lines = [{"id": 7, "a": one, "b": one}, {"id": "x", "a": one, "b": "/nothing.jpg"}, {"a": one, "b": two, "like": "odiff"}]
        with tempfile.TemporaryFile("w+") as stdin:
            stdin.write("".join(json.dumps(line) + "\n" for line in lines) + "no json\n")
            stdin.seek(0)
            status, text, err = run(self.data, "compare", "--serve-stdio", stdin=stdin)
        same, failed, different, bad = (json.loads(line) for line in text.splitlines())
        self.assertEqual((status, same["id"], same["equal"]), (0, 7, True), err)
        self.assertEqual((failed["id"], failed["error"]["code"]), ("x", "not_found"))
        self.assertFalse(different["equal"])
        self.assertIn("error", bad)


if __name__ == "__main__":
    unittest.main(verbosity=1)
