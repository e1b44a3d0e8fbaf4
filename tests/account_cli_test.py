#!/usr/bin/env python3
"""Accounts through the real program: the commands user and token, with and without a running server.

LIKENESS_BIN names the program."""
import json
import shutil
import tempfile
import unittest
import urllib.error
import urllib.request

from cli_test import Server, run


class Accounts(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="likeness-accounts-")
        self.addCleanup(shutil.rmtree, self.data)

    def with_password(self, password, *words):
        with tempfile.TemporaryFile("w+") as typed:
            typed.write(password + "\n")
            typed.seek(0)
            return run(self.data, *words, stdin=typed)

    def test_people_and_tokens_with_and_without_a_server(self):
        status, _, error = run(self.data, "serve", "--listen", "0.0.0.0:0")
        self.assertEqual(status, 2)
        self.assertIn("likeness user add --role admin", error)
        self.assertEqual(self.with_password("correct horse battery", "user", "add", "bob")[0], 2, "the first is an admin")
        self.assertEqual(self.with_password("password1", "user", "add", "--role", "admin", "ann")[0], 2)
        self.assertEqual(run(self.data, "user", "add", "--role", "admin", "ann")[0], 2, "no password")
        self.assertEqual(self.with_password("correct horse battery", "user", "add", "--role", "admin", "ann")[0], 0)
        with Server(self.data) as server:
            self.assertEqual(self.with_password("correct horse battery", "user", "add", "bob")[0], 0)
            self.assertEqual(run(self.data, "user", "role", "bob", "uploader")[0], 0)
            status, token, _ = run(self.data, "-q", "token", "add", "bob", "phone", "--scope", "read,add")
            self.assertEqual((status, len(token.strip())), (0, 43))
            ask = urllib.request.Request(server.url + "api/v1/site", headers={"Authorization": "Bearer " + token.strip()})
            self.assertEqual(json.load(urllib.request.urlopen(ask))["user"]["role"], "uploader")
            self.assertEqual(run(self.data, "user", "disable", "bob")[0], 0)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(ask)
            self.assertEqual(refused.exception.code, 401)
            refused.exception.close()
        users = json.loads(run(self.data, "--json", "user", "list")[1])["users"]
        self.assertEqual([(u["name"], u["role"], u["disabled"]) for u in users],
                         [("ann", "admin", False), ("bob", "uploader", True)])
        self.assertEqual(run(self.data, "user", "delete", "ann")[0], 2, "the last administrator")

    def test_secrets_are_not_taken_from_the_command_line(self):
        for words in (["--smtp_password=x", "serve"], ["accounts", "--oidc_secret", "x", "serve"]):
            status, _, error = run(self.data, *words)
            self.assertEqual(status, 2)
            self.assertIn("other users of this machine", error)


if __name__ == "__main__":
    unittest.main()
